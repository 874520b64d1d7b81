// SPDX-License-Identifier: EUPL-1.2
// A checker for the part of CDDL (RFC 8610) that docs/reference uses, so that tests can hold real encodings against the pages:
// rules, choices, arrays and maps with `*`, `+`, `?` and names, tags, literals, `.size N`, `.cbor T`, and the types uint, int,
// bstr, tstr, bool, null, any. Tests only: it throws on what it does not know.
#pragma once
#include <cctype>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/cbor.hpp"

namespace flora::ledger::testing {

class Cddl {
 public:
  // All ```cddl blocks of a page, given as its text.
  static Cddl from_markdown(const std::string& page) {
    std::istringstream file(page);
    std::string text;
    std::string line;
    bool inside = false;
    while (std::getline(file, line)) {
      if (line.starts_with("```")) {
        inside = line == "```cddl";
      } else if (inside) {
        text += line + '\n';
      }
    }
    return Cddl(text);
  }
  explicit Cddl(const std::string& text) {
    tokenize(text);
    while (at_ < tokens_.size()) {
      const std::string name = take();
      expect("=");
      if (!rules_.emplace(name, type()).second) throw std::runtime_error("rule twice: " + name);
    }
    for (const auto& name : referenced_) {
      if (!rules_.contains(name)) throw std::runtime_error("rule not defined: " + name);
    }
  }
  bool matches(const std::string& rule, base::ByteView cbor) const {
    if (!rules_.contains(rule)) throw std::runtime_error("no such rule: " + rule);
    return base::check_cbor(cbor).has_value() && match_rule(rule, cbor);
  }
  // Rules that took part in a match so far: a page whose rules are never used proves nothing.
  std::vector<std::string> unused() const {
    std::vector<std::string> out;
    for (const auto& [name, node] : rules_) {
      if (!used_.contains(name)) out.push_back(name);
    }
    return out;
  }

 private:
  struct Node;
  using NodePtr = std::shared_ptr<Node>;
  struct Entry {
    char occurs = '1';  // 1 ? * +
    NodePtr key;        // of maps
    NodePtr value;
  };
  struct Node {
    enum class Kind { kChoice, kArray, kMap, kTag, kName, kInteger, kText } kind = Kind::kName;
    std::vector<NodePtr> choices;
    std::vector<Entry> entries;
    std::string name;  // kName, kText
    std::int64_t integer = 0;
    NodePtr inner;  // kTag, .cbor
    std::optional<std::size_t> size;
    bool holds_cbor = false;
  };

  void tokenize(const std::string& text) {
    for (std::size_t i = 0; i < text.size();) {
      const char c = text[i];
      const auto is_word = [&](char w) {
        return std::isalnum(static_cast<unsigned char>(w)) != 0 || w == '-' || w == '_' || w == '.';
      };
      if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        ++i;
      } else if (c == ';') {
        while (i < text.size() && text[i] != '\n') ++i;
      } else if (c == '"') {
        const std::size_t end = text.find('"', i + 1);
        tokens_.push_back(text.substr(i, end - i + 1));
        i = end + 1;
      } else if (c == '=' && i + 1 < text.size() && text[i + 1] == '>') {
        tokens_.push_back("=>");
        i += 2;
      } else if (is_word(c) || c == '#') {
        std::size_t end = i + 1;
        while (end < text.size() && is_word(text[end])) ++end;
        tokens_.push_back(text.substr(i, end - i));
        i = end;
      } else {
        tokens_.push_back(std::string(1, c));
        ++i;
      }
    }
  }
  std::string peek(std::size_t ahead = 0) const { return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : std::string(); }
  std::string take() {
    if (at_ >= tokens_.size()) throw std::runtime_error("CDDL ends too early");
    return tokens_[at_++];
  }
  void expect(const std::string& token) {
    const std::string got = take();
    if (got != token) throw std::runtime_error("CDDL: expected " + token + ", got " + got);
  }

  NodePtr type() {
    auto node = std::make_shared<Node>();
    node->kind = Node::Kind::kChoice;
    node->choices.push_back(one_type());
    while (peek() == "/") {
      take();
      node->choices.push_back(one_type());
    }
    return node;
  }
  NodePtr one_type() {
    NodePtr node = bare_type();
    if (peek() == ".size") {
      take();
      node->size = std::stoul(take());
    } else if (peek() == ".cbor") {
      take();
      node->holds_cbor = true;
      node->inner = bare_type();
    }
    return node;
  }
  NodePtr bare_type() {
    auto node = std::make_shared<Node>();
    const std::string token = take();
    if (token == "[" || token == "{") {
      node->kind = token == "[" ? Node::Kind::kArray : Node::Kind::kMap;
      node->entries = group(token == "[" ? "]" : "}");
    } else if (token.starts_with("#6.")) {
      node->kind = Node::Kind::kTag;
      node->integer = std::stoll(token.substr(3));
      expect("(");
      node->inner = type();
      expect(")");
    } else if (token.front() == '"') {
      node->kind = Node::Kind::kText;
      node->name = token.substr(1, token.size() - 2);
    } else if (token.front() == '-' || std::isdigit(static_cast<unsigned char>(token.front())) != 0) {
      node->kind = Node::Kind::kInteger;
      node->integer = std::stoll(token);
    } else {
      node->name = token;
      static const std::set<std::string> prelude{"uint", "int", "bstr", "tstr", "bool", "null", "any"};
      if (!prelude.contains(token)) referenced_.insert(token);
    }
    return node;
  }
  std::vector<Entry> group(const std::string& end) {
    std::vector<Entry> entries;
    while (peek() != end) {
      Entry entry;
      if (peek() == "*" || peek() == "+" || peek() == "?") entry.occurs = take()[0];
      if (peek(1) == ":") {
        take();
        take();
      }
      entry.value = type();
      if (peek() == "=>") {
        take();
        entry.key = entry.value;
        entry.value = type();
      }
      entries.push_back(std::move(entry));
      if (peek() == ",") take();
    }
    take();
    return entries;
  }

  bool match_rule(const std::string& name, base::ByteView cbor) const {
    const bool ok = match(*rules_.at(name), cbor);
    if (ok) used_.insert(name);
    return ok;
  }
  bool match(const Node& node, base::ByteView cbor) const {
    switch (node.kind) {
      case Node::Kind::kChoice:
        for (const NodePtr& choice : node.choices) {
          if (match(*choice, cbor)) return true;
        }
        return false;
      case Node::Kind::kArray: return match_array(node, cbor);
      case Node::Kind::kMap: return match_map(node, cbor);
      default: return match_item(node, cbor);
    }
  }
  bool match_item(const Node& node, base::ByteView cbor) const {
    auto reader = base::CborReader::open(cbor);
    if (!reader) return false;
    if (node.kind == Node::Kind::kTag) {
      if (!reader->tag(static_cast<std::uint64_t>(node.integer))) return false;
      const auto inner = reader->raw();
      return inner && match(*node.inner, *inner);
    }
    if (node.kind == Node::Kind::kInteger) {
      const auto value = reader->integer();
      return value && *value == node.integer;
    }
    if (node.kind == Node::Kind::kText) {
      const auto value = reader->text();
      return value && *value == node.name;
    }
    if (node.name == "any") return true;
    if (node.name == "uint") return reader->uint().has_value();
    if (node.name == "int") return reader->integer().has_value();
    if (node.name == "tstr") return reader->text().has_value();
    if (node.name == "bool") return reader->boolean().has_value();
    if (node.name == "null") return reader->null().has_value();
    if (node.name != "bstr") return match_rule(node.name, cbor);
    const auto bytes = reader->bytes();
    if (!bytes || (node.size && bytes->size() != *node.size)) return false;
    return !node.holds_cbor || (base::check_cbor(*bytes) && match(*node.inner, *bytes));
  }
  bool match_array(const Node& node, base::ByteView cbor) const {
    auto reader = base::CborReader::open(cbor);
    if (!reader) return false;
    const auto count = reader->array();
    if (!count) return false;
    std::vector<base::ByteView> items;
    for (std::size_t i = 0; i < *count; ++i) items.push_back(*reader->raw());
    return match_items(node.entries, 0, items, 0);
  }
  bool match_items(const std::vector<Entry>& entries, std::size_t entry, const std::vector<base::ByteView>& items,
                   std::size_t item) const {
    if (entry == entries.size()) return item == items.size();
    const char occurs = entries[entry].occurs;
    const bool fits = item < items.size() && match(*entries[entry].value, items[item]);
    if (occurs == '1') return fits && match_items(entries, entry + 1, items, item + 1);
    if (fits) {
      // A repeated entry may take this item and go on, the first of a `+` too.
      std::size_t end = item + 1;
      const std::size_t max = occurs == '?' ? item + 1 : items.size();
      while (end < max && match(*entries[entry].value, items[end])) ++end;
      for (; end > item; --end) {
        if (match_items(entries, entry + 1, items, end)) return true;
      }
    }
    return occurs != '+' && match_items(entries, entry + 1, items, item);
  }
  bool match_map(const Node& node, base::ByteView cbor) const {
    auto reader = base::CborReader::open(cbor);
    if (!reader) return false;
    const auto count = reader->map();
    if (!count) return false;
    std::vector<std::pair<base::ByteView, base::ByteView>> pairs;
    for (std::size_t i = 0; i < *count; ++i) {
      const auto key = *reader->raw();
      pairs.emplace_back(key, *reader->raw());
    }
    std::size_t matched = 0;
    for (const Entry& entry : node.entries) {
      bool found = false;
      for (const auto& [key, value] : pairs) found = found || (match(*entry.key, key) && match(*entry.value, value));
      if (found) ++matched;
      if (!found && entry.occurs == '1') return false;
    }
    return matched == pairs.size();
  }

  std::vector<std::string> tokens_;
  std::size_t at_ = 0;
  std::map<std::string, NodePtr> rules_;
  std::set<std::string> referenced_;
  mutable std::set<std::string> used_;
};

}  // namespace flora::ledger::testing
