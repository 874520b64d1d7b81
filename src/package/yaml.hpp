// SPDX-License-Identifier: EUPL-1.2
// YAML as packages use it: one document of mappings, sequences and scalars, every node with its place. What could surprise a
// reader or hurt a machine is refused: duplicate keys, anchors and aliases, tags, directives, a second document, control
// characters, deep nesting, very many nodes. Scalars stay texts; what they mean is the reader's business.
// The only user of the YAML library. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flora::package::yaml {

// Nodes of one file: the largest real package has about 6,000, and hostile files must stay small in memory.
inline constexpr std::size_t kNodesMax = 50'000;
// One file: twice a large real package. The library needs up to fifty times that while it reads a hostile one.
inline constexpr std::size_t kFileBytesMax = 512 * 1024;
// Brackets open at once, counted without regard to quotes: far more than kDepthMax, so that ranges in texts do not matter.
inline constexpr std::size_t kBracketsMax = 256;
// Bytes of one line: a rule with the longest guard.
inline constexpr std::size_t kLineBytesMax = 8192;
// Nested mappings and sequences; the deepest real construct, a query in a view, has about twelve.
inline constexpr std::size_t kDepthMax = 24;

struct Node {
  enum class Kind : std::uint8_t { kScalar, kSequence, kMapping } kind = Kind::kScalar;
  bool quoted = false;            // scalar in quotes or as a block: never null, never a keyword
  std::string text;               // scalar
  std::vector<Node> keys;         // mapping: scalars, unique, in order of the file
  std::vector<Node> items;        // mapping: the values beside their keys; sequence: the items
  std::uint32_t line = 0;         // from 1
  std::uint32_t column = 0;       // from 1, in characters
  std::uint32_t text_column = 0;  // where the text of a scalar begins: behind its quote

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  bool is_null() const { return is_scalar() && !quoted && (text.empty() || text == "~" || text == "null"); }
  const Node* find(std::string_view key) const;      // mapping: the value; nullptr if absent
  const Node* find_key(std::string_view key) const;  // mapping: the key itself, for its place
};

struct Fault {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string sentence;
  std::string hint;
};

struct Parsed {
  std::optional<Node> root;   // absent if the text is not YAML at all, or empty
  std::vector<Fault> faults;  // in order of place; with one the file must not be used
};

// A relation may stand in its short form, `condition: [A, B] before C`, also inside braces where YAML itself asks for quotes:
// `relations` names the keys whose values are read so.
Parsed parse(std::string_view text, const std::vector<std::string_view>& relations = {});

}  // namespace flora::package::yaml
