"""Runs the plugin as a host does: a process for each call, one JSON document on its standard output."""

import json
import os
import subprocess
import unittest

PLUGIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "osp-{{name}}")


def run(*words):
    done = subprocess.run([PLUGIN, *words], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True)
    return json.loads(done.stdout.decode("utf-8"))


class Greeting(unittest.TestCase):
    def test_it_describes_its_command(self):
        description = run("--describe")
        self.assertEqual(description["plugin_id"], "{{plugin_id}}")
        self.assertEqual([command["name"] for command in description["commands"]], ["{{name}}"])

    def test_it_greets_the_world(self):
        self.assertEqual(run("{{name}}")["data"], [{"greeting": "Hello, world!"}])

    def test_it_greets_a_name_given_as_argument_or_flag(self):
        for words in (["Ada"], ["--name", "Ada"], ["--name=Ada"]):
            with self.subTest(words=words):
                self.assertEqual(run("{{name}}", *words)["data"], [{"greeting": "Hello, Ada!"}])

    def test_it_refuses_a_name_that_is_too_long(self):
        answer = run("{{name}}", "a" * 101)
        self.assertFalse(answer["ok"])
        self.assertEqual(answer["error"]["code"], "USAGE")


if __name__ == "__main__":
    unittest.main()
