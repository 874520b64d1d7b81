// SPDX-License-Identifier: EUPL-1.2
#include "feel/binder.hpp"

#include <fmt/format.h>

namespace flora::feel {

namespace {

// Whether `path` is `beginning` and more behind a dot.
bool continues(const std::string& path, const std::string& beginning) {
  return path.size() > beginning.size() && path.starts_with(beginning) && path[beginning.size()] == '.';
}

}  // namespace

std::vector<std::pair<std::string, std::uint16_t>> plain_members(const Variable& variable) {
  std::vector<std::pair<std::string, std::uint16_t>> out;
  for (std::size_t i = 0; i < variable.members.size(); ++i) {
    if (variable.members[i].name.find('.') == std::string::npos)
      out.emplace_back(variable.members[i].name, static_cast<std::uint16_t>(i));
  }
  return out;
}

Type record_type(const Variable& variable) {
  Type::Members members;
  for (const auto& [name, member] : plain_members(variable)) members.emplace_back(name, variable.members[member].type);
  return Type::context(std::move(members));
}

Binding Binder::declared(const std::string& path, const Node& node) {
  Binding out;
  for (std::size_t i = 0; i < names_->variables.size(); ++i) {
    const std::string& candidate = names_->variables[i].path;
    if (candidate == path) {
      out.kind = Binding::Kind::kVariable;
      out.variable = static_cast<std::uint16_t>(i);
      return out;
    }
    if (continues(candidate, path)) out.kind = Binding::Kind::kPartial;
  }
  out.partial = path;
  if (out.kind != Binding::Kind::kPartial) {
    problems_.push_back(problem_at(ast_.source, node.offset, ProblemKind::kType, fmt::format("there is no \"{}\" here", path)));
  }
  return out;
}

Binding Binder::bind_name(const Node& node) {
  for (std::size_t i = locals_.size(); i-- > 0;) {
    if (locals_[i].name == node.text) return locals_[i].binding;
  }
  if (names_ != nullptr) return declared(std::string(node.text), node);
  Binding out;
  out.kind = Binding::Kind::kDynamic;
  return out;
}

// A member of a record, with dotted names read step by step.
Binding Binder::bind_member(const Binding& record, Binding::Kind kind, const Node& node) {
  Binding out = record;
  out.kind = kind;
  out.partial = record.partial_member ? record.partial + "." + std::string(node.text) : std::string(node.text);
  out.partial_member = false;
  const auto& members = variable(record).members;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].name == out.partial) {
      out.member = static_cast<std::uint16_t>(i);
      out.partial_member = false;
      return out;
    }
    out.partial_member |= continues(members[i].name, out.partial);
  }
  if (!out.partial_member) {
    problems_.push_back(problem_at(ast_.source, node.offset, ProblemKind::kType,
                                   fmt::format("\"{}\" has no field \"{}\"", variable(record).path, out.partial)));
    return {};
  }
  return out;
}

Binding Binder::bind_path(const Node& node) {
  if (!is_name(node.a)) return {};
  const Binding base = bind(node.a);
  using K = Binding::Kind;
  switch (base.kind) {
    case K::kPartial: return declared(base.partial + "." + std::string(node.text), node);
    case K::kVariable:
      if (variable(base).shape == Variable::Shape::kRecord) return bind_member(base, K::kMember, node);
      if (variable(base).shape == Variable::Shape::kRecords) return bind_member(base, K::kColumn, node);
      return {};
    case K::kItem: return bind_member(base, K::kItemMember, node);
    case K::kMember:
    case K::kColumn:
    case K::kItemMember: return base.partial_member ? bind_member(base, base.kind, node) : Binding{};
    default: return {};
  }
}

const Binding& Binder::bind(NodeIndex i) {
  const Node& node = ast_.at(i);
  if (!bound_.insert(i).second) return bindings_[i];
  bindings_[i] = node.kind == NodeKind::kName ? bind_name(node) : bind_path(node);
  return bindings_[i];
}

bool Binder::is_record(NodeIndex i) {
  if (names_ == nullptr || !is_name(i)) return false;
  const Binding& b = bind(i);
  return b.kind == Binding::Kind::kVariable && variable(b).shape == Variable::Shape::kRecord;
}

std::optional<std::uint16_t> Binder::records_variable(NodeIndex i) {
  if (names_ == nullptr || !is_name(i)) return std::nullopt;
  const Binding& b = bind(i);
  if (b.kind != Binding::Kind::kVariable || variable(b).shape != Variable::Shape::kRecords) return std::nullopt;
  return b.variable;
}

const Known* Binder::known_of_slot(std::uint32_t slot) const {
  for (std::size_t i = locals_.size(); i-- > 0;) {
    if (locals_[i].binding.kind == Binding::Kind::kSlot && locals_[i].binding.slot == slot) return &locals_[i].known;
  }
  return nullptr;
}

}  // namespace flora::feel
