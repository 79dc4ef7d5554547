// JSON as a value of C++: made, read out of untrusted text, and written. C++17.
#ifndef OSAURUS_JSON_HPP
#define OSAURUS_JSON_HPP

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "osaurus_json.h"

namespace osaurus {

// A JSON value. Reading what is not there gives null, never an error: `json["a"][0]["b"].text()`.
class Json {
public:
    using List = std::vector<Json>;
    using Members = std::vector<std::pair<std::string, Json>>;

    Json() = default;
    Json(std::nullptr_t) {}
    Json(const char *text) : value_(std::string(text == nullptr ? "" : text)) {}
    Json(std::string_view text) : value_(std::string(text)) {}
    Json(std::string text) : value_(std::move(text)) {}
    Json(double number) : value_(number) {}
    // Other pointers are no booleans, and all whole numbers are meant alike. What does not fit is a number that is near.
    template <typename T, typename = std::enable_if_t<std::is_integral_v<T>>> Json(T number)
    {
        if constexpr (std::is_same_v<T, bool>) value_ = number;
        else if constexpr (std::is_signed_v<T>) value_ = static_cast<std::int64_t>(number);
        else if (number > static_cast<std::uint64_t>(INT64_MAX)) value_ = static_cast<double>(number);
        else value_ = static_cast<std::int64_t>(number);
    }

    static Json object(std::initializer_list<Members::value_type> members = {})
    {
        Json json;
        json.value_ = Members(members);
        return json;
    }

    static Json list(std::initializer_list<Json> elements = {})
    {
        Json json;
        json.value_ = List(elements);
        return json;
    }

    // Reads a text that is one JSON value and nothing else.
    static std::optional<Json> parse(std::string_view text)
    {
        osr_json value = osr_json_parse(text.data(), text.size());
        if (value.size == 0) return std::nullopt;
        return of(value);
    }

    bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
    bool is_object() const { return std::holds_alternative<Members>(value_); }
    bool is_list() const { return std::holds_alternative<List>(value_); }

    std::optional<std::string> text() const { return get<std::string>(); }
    std::string text_or(std::string otherwise) const { return text().value_or(std::move(otherwise)); }
    std::optional<bool> boolean() const { return get<bool>(); }
    std::optional<std::int64_t> integer() const { return get<std::int64_t>(); }
    // Of any number, whole ones too.
    std::optional<double> number() const
    {
        if (std::optional<std::int64_t> whole = integer()) return static_cast<double>(*whole);
        return get<double>();
    }

    // None where it is no list; none where it is no object.
    const List &elements() const
    {
        static const List none;
        const List *list = std::get_if<List>(&value_);
        return list == nullptr ? none : *list;
    }
    const Members &members() const
    {
        static const Members none;
        const Members *members = std::get_if<Members>(&value_);
        return members == nullptr ? none : *members;
    }

    // Of several members with that name the last.
    const Json *find(std::string_view name) const
    {
        const Members &all = members();
        for (auto member = all.rbegin(); member != all.rend(); ++member) {
            if (member->first == name) return &member->second;
        }
        return nullptr;
    }

    // A part of a value that is about to go is copied out of it.
    const Json &operator[](const char *name) const & { return or_null(find(name)); }
    Json operator[](const char *name) && { return or_null(find(name)); }
    const Json &operator[](const std::string &name) const & { return or_null(find(name)); }
    Json operator[](const std::string &name) && { return or_null(find(name)); }
    const Json &operator[](int index) const & { return or_null(element(index)); }
    Json operator[](int index) && { return or_null(element(index)); }

    // Adds a member, or replaces the one of that name. What was no object is one then.
    Json &set(std::string_view name, Json value)
    {
        if (!is_object()) value_ = Members();
        if (const Json *found = find(name)) *const_cast<Json *>(found) = std::move(value);
        else std::get_if<Members>(&value_)->emplace_back(std::string(name), std::move(value));
        return *this;
    }

    // Adds an element. What was no list is one then.
    Json &push(Json value)
    {
        if (!is_list()) value_ = List();
        std::get_if<List>(&value_)->push_back(std::move(value));
        return *this;
    }

    // On one line. What is no UTF-8 becomes U+FFFD, a number that is infinite null.
    std::string dump() const
    {
        osr_text out = {nullptr, 0, 0, false};
        write(out);
        std::string text = out.failed ? "null" : std::string(out.data, out.size);
        osr_text_free(&out);
        return text;
    }

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Members> value_;

    template <typename T> std::optional<T> get() const
    {
        const T *value = std::get_if<T>(&value_);
        return value == nullptr ? std::nullopt : std::optional<T>(*value);
    }

    const Json *element(int index) const
    {
        const List &all = elements();
        bool is_there = index >= 0 && static_cast<std::size_t>(index) < all.size();
        return is_there ? &all[static_cast<std::size_t>(index)] : nullptr;
    }

    static const Json &or_null(const Json *found)
    {
        static const Json null;
        return found == nullptr ? null : *found;
    }

    static std::string decoded(osr_json value)
    {
        osr_text plain = {nullptr, 0, 0, false};
        osr_json_decode(value, &plain);
        std::string text = plain.failed || plain.data == nullptr ? "" : std::string(plain.data, plain.size);
        osr_text_free(&plain);
        return text;
    }

    // It calls itself as often as the text is deep, which is bounded.
    static Json of(osr_json value)
    {
        osr_json key = {nullptr, 0}, item = {nullptr, 0};
        switch (osr_json_kind_of(value)) {
        case OSR_JSON_BOOL: return osr_json_true(value);
        case OSR_JSON_STRING: return decoded(value);
        case OSR_JSON_NUMBER: {
            std::int64_t whole = 0;
            if (osr_json_integer(value, &whole)) return whole;
            double number = 0;
            return osr_json_number(value, &number) ? Json(number) : Json();
        }
        case OSR_JSON_ARRAY: {
            Json json = list();
            for (osr_json_walk walk = osr_json_begin(value); osr_json_next(&walk, &key, &item);) json.push(of(item));
            return json;
        }
        case OSR_JSON_OBJECT: {
            Members members;
            for (osr_json_walk walk = osr_json_begin(value); osr_json_next(&walk, &key, &item);)
                members.emplace_back(decoded(key), of(item));
            Json json;
            json.value_ = std::move(members);
            return json;
        }
        case OSR_JSON_NULL:
        case OSR_JSON_NOTHING: break;
        }
        return nullptr;
    }

    void write(osr_text &out) const
    {
        if (const bool *value = std::get_if<bool>(&value_)) return osr_bool(&out, *value);
        if (const std::int64_t *value = std::get_if<std::int64_t>(&value_)) return osr_integer(&out, *value);
        if (const double *value = std::get_if<double>(&value_)) return osr_number(&out, *value);
        if (const std::string *value = std::get_if<std::string>(&value_))
            return osr_string_sized(&out, value->data(), value->size());
        if (is_list()) {
            osr_array(&out);
            for (const Json &element : elements()) element.write(out);
            return osr_array_end(&out);
        }
        if (!is_object()) return osr_null(&out);
        osr_object(&out);
        for (const auto &[name, value] : members()) {
            osr_string_sized(&out, name.data(), name.size());
            osr_text_add(&out, ":", 1);
            value.write(out);
        }
        osr_object_end(&out);
    }
};

} // namespace osaurus

#endif
