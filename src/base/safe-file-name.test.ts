import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FILE_NAME_BYTES_MAX, numberedFileName, safeFileName } from "./safe-file-name.ts";

test.each([
  ["report.csv", "report.csv"],
  ["Bericht für Mai.pdf", "Bericht für Mai.pdf"],
  ["../../etc/passwd", "passwd"],
  ["..\\..\\boot.ini", "boot.ini"],
  ["/abs/olute.txt", "olute.txt"],
  ["folder/", "folder"],
  [".", "file"],
  ["..", "file"],
  ["...", "file"],
  ["", "file"],
  [" / ", "file"],
  ["a\0b.txt", "ab.txt"],
  ["a\u202egnp.exe", "agnp.exe"],
  ["zero\u200bwidth\ufeff.txt", "zerowidth.txt"],
  ["two\nlines\t.txt", "two lines .txt"],
  ["\u001b[31mred.txt", "[31mred.txt"],
  [".bashrc", "bashrc"],
  ["-rf", "rf"],
  ["name. . ", "name"],
  ["con", "_con"],
  ["NUL.txt", "_NUL.txt"],
  ["com1.tar.gz", "_com1.tar.gz"],
  ["console.txt", "console.txt"],
  ['a<b>c:d"e|f?g*h.txt', "a_b_c_d_e_f_g_h.txt"],
  ["$(rm -rf ~).txt", "_(rm -rf _).txt"],
  ["half\ud83d.txt", "half\ufffd.txt"],
  ["e\u0301.txt", "\u00e9.txt"],
])("%j becomes %j", (given, expected) => {
  expect(safeFileName(given)).toBe(expected);
  expect(safeFileName(expected)).toBe(expected);
});

test.each([
  ["at the limit it stays", "x".repeat(FILE_NAME_BYTES_MAX - 4), "x".repeat(FILE_NAME_BYTES_MAX - 4)],
  [
    "one past it is cut, and the extension stays",
    "x".repeat(FILE_NAME_BYTES_MAX - 3),
    "x".repeat(FILE_NAME_BYTES_MAX - 4),
  ],
  ["no character is cut in half", "ü".repeat(FILE_NAME_BYTES_MAX), "ü".repeat((FILE_NAME_BYTES_MAX - 4) / 2)],
])("a long name: %s", (_title, given, expected) => {
  expect(safeFileName(`${given}.txt`)).toBe(`${expected}.txt`);
});

test("what is no extension is cut with the rest", () => {
  expect(safeFileName(`a.${"b".repeat(1_000)}`)).toBe(`a.${"b".repeat(FILE_NAME_BYTES_MAX - 2)}`);
});

test("a name that is taken gets a number before its extension", () => {
  expect(numberedFileName("report.csv", 2)).toBe("report-2.csv");
  expect(numberedFileName("Makefile", 3)).toBe("Makefile-3");
});

test("whatever a name is made of, it is one name in one folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "names-"));
  try {
    const odd = ["/", "\\", "..", ".", "\0", "\n", "\u202e", "con", " ", "a", "é", "😀", "\ud800", ":", "-", "~"];
    let seed = 7;
    const next = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed;
    };
    for (let round = 0; round < 500; round++) {
      const given = Array.from({ length: next() % 12 }, () => odd[next() % odd.length]).join("");
      const name = safeFileName(given);
      expect(name).not.toMatch(/[/\\\0\n]|^\.|^-/);
      writeFileSync(join(folder, name), "");
      expect(readdirSync(folder), JSON.stringify(given)).toEqual([expect.any(String)]);
      rmSync(join(folder, name));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
