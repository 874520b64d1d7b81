// SPDX-License-Identifier: EUPL-1.2
#include "package/yaml.hpp"

#include <fmt/format.h>
#include <libfyaml.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <tuple>
#include <unordered_set>

#include "package/short_form.hpp"
#include "package/utf8.hpp"

namespace flora::package::yaml {

const Node* Node::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

const Node* Node::find_key(std::string_view key) const {
  for (const auto& k : keys) {
    if (k.text == key) return &k;
  }
  return nullptr;
}

namespace {

struct ParserDeleter {
  void operator()(fy_parser* p) const { fy_parser_destroy(p); }
};
struct DiagDeleter {
  void operator()(fy_diag* d) const { fy_diag_destroy(d); }
};

// Builds the tree from the library's events, so that nothing is ever expanded and reading can stop at any point.
class Builder {
 public:
  Builder(const ShortForm& short_form, Parsed& out) : short_form_(short_form), out_(out) {}

  // False: stop reading, a fault was noted.
  bool take(fy_event* event);
  bool finished() const { return documents_ == 1 && open_.empty() && out_.root.has_value(); }

 private:
  struct Open {
    Node node;
    std::optional<Node> key;  // mapping: the key whose value comes next
    std::unordered_set<std::string> seen;
  };

  bool fault(const Node& at, std::string sentence, std::string hint) {
    out_.faults.push_back({at.line, at.column, std::move(sentence), std::move(hint)});
    return false;
  }
  Node place(fy_event* event);
  // Column of the event's mark in the source, the library's own column counted from `first`.
  std::uint32_t column_of(fy_event* event, std::uint32_t line, int first) const;
  bool decorated(fy_event* event, const Node& at);
  bool begin(Node node);
  bool end();
  bool add(Node node);

  const ShortForm& short_form_;
  Parsed& out_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  std::uint32_t last_line_ = 1, last_column_ = 1;
  std::size_t documents_ = 0;
};

Node Builder::place(fy_event* event) {
  Node node;
  node.line = last_line_;  // an empty value has no mark of its own: it stands where what came before stands
  node.column = last_column_;
  if (const fy_mark* mark = fy_event_start_mark(event); mark != nullptr) {
    node.line = static_cast<std::uint32_t>(mark->line + 1);
    node.column = column_of(event, node.line, 1);
    last_line_ = node.line;
    last_column_ = node.column;
  }
  return node;
}

std::uint32_t Builder::column_of(fy_event* event, std::uint32_t line, int first) const {
  const fy_mark* mark = fy_event_start_mark(event);
  return mark == nullptr ? 1 : short_form_.original_column(line, static_cast<std::uint32_t>(mark->column + first));
}

bool Builder::decorated(fy_event* event, const Node& at) {
  if (event->type == FYET_ALIAS || fy_event_get_anchor_token(event) != nullptr) {
    fault(at, "Anchors and aliases are not allowed.", "Write the value out where it is needed.");
    return true;
  }
  if (fy_event_get_tag_token(event) != nullptr) {
    fault(at, "Tags (!...) are not allowed.", "Remove the tag; the place of a value says what it is.");
    return true;
  }
  return false;
}

bool Builder::take(fy_event* event) {
  switch (event->type) {
    case FYET_DOCUMENT_START:
      if (++documents_ > 1)
        return fault(place(event), "A file holds one document.", "Put the second document into a file of its own.");
      return true;
    case FYET_ALIAS:
    case FYET_SCALAR:
    case FYET_SEQUENCE_START:
    case FYET_MAPPING_START: {
      Node node = place(event);
      if (decorated(event, node)) return false;
      if (++nodes_ > kNodesMax) return fault(node, fmt::format("The file has more than {} values.", kNodesMax), "Split it.");
      if (event->type == FYET_SCALAR) {
        std::size_t length = 0;
        const char* text = fy_token_get_text(event->scalar.value, &length);
        if (text != nullptr) node.text.assign(text, length);
        const fy_scalar_style style = event->scalar.value == nullptr ? FYSS_PLAIN : fy_token_scalar_style(event->scalar.value);
        node.quoted = style != FYSS_PLAIN;
        node.text_column = node.column;
        // The library marks what is between the quotes.
        if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) node.column = column_of(event, node.line, 0);
        return add(std::move(node));
      }
      node.kind = event->type == FYET_MAPPING_START ? Node::Kind::kMapping : Node::Kind::kSequence;
      return begin(std::move(node));
    }
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END: return end();
    default: return true;
  }
}

bool Builder::begin(Node node) {
  if (open_.size() >= kDepthMax) {
    return fault(node, fmt::format("The data is nested deeper than {} levels.", kDepthMax), "Flatten it.");
  }
  if (!open_.empty() && open_.back().node.is_mapping() && !open_.back().key) {
    return fault(node, "A key must be a plain word, not a list or a mapping.",
                 "Check the indentation and the brackets before it.");
  }
  open_.push_back({std::move(node), std::nullopt, {}});
  return true;
}

bool Builder::end() {
  Node done = std::move(open_.back().node);
  open_.pop_back();
  return add(std::move(done));
}

bool Builder::add(Node node) {
  if (open_.empty()) {
    if (!out_.root) out_.root = std::move(node);
    return true;
  }
  Open& parent = open_.back();
  if (parent.node.is_sequence()) {
    parent.node.items.push_back(std::move(node));
    return true;
  }
  if (!parent.key) {
    parent.key = std::move(node);
    return true;
  }
  if (parent.seen.insert(parent.key->text).second) {
    parent.node.keys.push_back(std::move(*parent.key));
    parent.node.items.push_back(std::move(node));
  } else {  // a fault, but the rest of the file can still be judged
    fault(*parent.key, fmt::format("The key '{}' stands here twice.", parent.key->text), "Remove one of the two.");
  }
  parent.key.reset();
  return true;
}

// What the library complained about, in our words where it matters.
void note_syntax(fy_diag* diag, const ShortForm& short_form, Parsed& out) {
  void* iterator = nullptr;
  while (const fy_diag_error* error = fy_diag_errors_iterate(diag, &iterator)) {
    if (error->type < FYET_ERROR || error->msg == nullptr) continue;
    const auto line = static_cast<std::uint32_t>(std::max(error->line, 1));  // here the library counts from 1
    const auto column = short_form.original_column(line, static_cast<std::uint32_t>(std::max(error->column, 1)));
    out.faults.push_back({line, column, fmt::format("This is not valid YAML: {}.", error->msg),
                          "Check indentation, brackets and quotes here and on the line before."});
    return;  // what follows the first is noise
  }
  out.faults.push_back({1, 1, "This is not valid YAML.", "Check indentation, brackets and quotes."});
}

void read_events(const ShortForm& short_form, Parsed& out) {
  fy_diag_cfg diag_cfg{};
  fy_diag_cfg_default(&diag_cfg);
  diag_cfg.fp = nullptr;
  diag_cfg.output_fn = [](fy_diag*, void*, const char*, std::size_t) {};
  diag_cfg.level = FYET_ERROR;
  diag_cfg.colorize = false;
  diag_cfg.show_source = false;
  std::unique_ptr<fy_diag, DiagDeleter> diag(fy_diag_create(&diag_cfg));
  fy_diag_set_collect_errors(diag.get(), true);
  fy_parse_cfg cfg{};
  cfg.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_DISABLE_RECYCLING);
  cfg.diag = diag.get();
  std::unique_ptr<fy_parser, ParserDeleter> parser(fy_parser_create(&cfg));
  const std::string& text = short_form.text();
  if (!parser || fy_parser_set_string(parser.get(), text.data(), text.size()) != 0) {
    out.faults.push_back({1, 1, "The file cannot be read.", ""});
    return;
  }
  Builder builder(short_form, out);
  while (fy_event* event = fy_parser_parse(parser.get())) {
    const bool last = event->type == FYET_STREAM_END;
    const bool go_on = builder.take(event);
    fy_parser_event_free(parser.get(), event);
    if (!go_on) {
      out.root.reset();
      return;
    }
    if (last) {
      if (!builder.finished()) out.faults.push_back({1, 1, "The file is empty.", "Write it, or remove it."});
      return;
    }
  }
  out.root.reset();
  note_syntax(diag.get(), short_form, out);
}

// What would cost the library much time or memory, found before it sees the text: it keeps everything of a line, and everything
// behind an open bracket, that could still turn out to be a key.
std::optional<Fault> find_hostile_line(std::string_view text) {
  std::uint32_t number = 1;
  std::ptrdiff_t open = 0;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with('%')) return Fault{number, 1, "Directives (%...) are not allowed.", "Remove the line."};
    if (line.size() > kLineBytesMax)
      return Fault{number, 1, fmt::format("The line is longer than {} bytes.", kLineBytesMax), "Break it."};
    for (const char c : line) {
      open += c == '[' || c == '{' ? 1 : 0;
      open -= (c == ']' || c == '}') && open > 0 ? 1 : 0;
    }
    if (open > static_cast<std::ptrdiff_t>(kBracketsMax)) {
      return Fault{number, 1, fmt::format("More than {} brackets are open here.", kBracketsMax), "Close them."};
    }
  }
  return std::nullopt;
}

}  // namespace

Parsed parse(std::string_view text, const std::vector<std::string_view>& relations) {
  Parsed out;
  if (text.size() > kFileBytesMax) {
    out.faults.push_back({1, 1, fmt::format("The file is larger than {} bytes.", kFileBytesMax), "Split it."});
    return out;
  }
  if (const auto bad = find_unprintable(text)) {
    out.faults.push_back({bad->line, bad->column, bad->sentence, "Save the file as UTF-8 text."});
    return out;
  }
  if (auto bad = find_hostile_line(text)) {
    out.faults.push_back(std::move(*bad));
    return out;
  }
  read_events(ShortForm(text, relations), out);
  std::sort(out.faults.begin(), out.faults.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.line, a.column, a.sentence) < std::tie(b.line, b.column, b.sentence);
  });
  return out;
}

}  // namespace flora::package::yaml
