// SPDX-License-Identifier: EUPL-1.2
#include "feel/compiler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/limits.hpp"
#include "feel/binder.hpp"

namespace flora::feel {

namespace {

std::uint8_t ends_of(const Node& range) {
  return static_cast<std::uint8_t>((range.low_included ? 1 : 0) + (range.high_included ? 2 : 0));
}

class Compiler {
 public:
  Compiler(const Ast& ast, const Declarations* names, const Surroundings& around, bool with_input)
      : ast_(ast), names_(names), constants_(fold_constants(ast, around)), binder_(ast, names, problems_) {
    program_->source = ast.source;
    program_->around = around;
    if (with_input) input_slot_ = new_slot();
    if (names_ != nullptr) {
      for (const Variable& variable : names_->variables) program_->records.push_back({plain_members(variable)});
    }
  }

  Compiled run() {
    const Known whole = input_slot_ ? unary_tests() : visit(ast_.root);
    program_->slots = slots_;
    program_->stack_max = static_cast<std::uint32_t>(stack_max_);
    program_->type = whole.type;
    program_->reads.assign(reads_.begin(), reads_.end());
    if (names_ != nullptr && problems_.empty()) {
      if (whole.steps > base::limits::kGuardStepsMax) {
        complain(0, ProblemKind::kBound,
                 fmt::format("it may take {} steps, more than {}", whole.steps, base::limits::kGuardStepsMax));
      }
      program_->steps_max = static_cast<std::uint32_t>(std::min<std::uint64_t>(whole.steps, base::limits::kGuardStepsMax));
      program_->closed = find_atoms(ast_, binder_.bindings(), constants_, *names_, program_->atoms);
    }
    if (program_->constants.size() > 0xffff || program_->code.size() > 0xffff)
      complain(0, ProblemKind::kBound, "the expression is too long");
    std::sort(problems_.begin(), problems_.end(),
              [](const Problem& a, const Problem& b) { return std::tie(a.line, a.column) < std::tie(b.line, b.column); });
    if (!problems_.empty()) return {nullptr, std::move(problems_)};
    return {std::move(program_), {}};
  }

 private:
  // ---- writing instructions ------------------------------------------------------------------------------------------------
  std::size_t emit(const Node& at, Op op, int effect, Instruction rest = {}) {
    rest.op = op;
    program_->code.push_back(rest);
    program_->offsets.push_back(at.offset);
    depth_ += effect;
    stack_max_ = std::max(stack_max_, depth_);
    return program_->code.size() - 1;
  }
  void land(std::size_t jump) { program_->code[jump].b = static_cast<std::uint32_t>(program_->code.size()); }
  std::uint32_t constant(Value v) {
    program_->constants.push_back(std::move(v));
    return static_cast<std::uint32_t>(program_->constants.size() - 1);
  }
  std::uint32_t name(std::string_view text) {
    program_->names.emplace_back(text);
    return static_cast<std::uint32_t>(program_->names.size() - 1);
  }
  std::uint32_t new_slot() { return slots_++; }
  Known push_constant(const Node& at, const Value& v) {
    emit(at, Op::kConstant, 1, {.op = Op::kConstant, .b = constant(v)});
    return {type_of(v), size_of(v), 1};
  }

  // ---- problems --------------------------------------------------------------------------------------------------------------
  bool typed() const { return names_ != nullptr; }
  void complain(std::uint32_t offset, ProblemKind kind, std::string message) {
    problems_.push_back(problem_at(ast_.source, offset, kind, std::move(message)));
  }
  void complain(std::uint32_t offset, const std::optional<Complaint>& complaint) {
    if (typed() && complaint)
      complain(offset, complaint->outside_profile ? ProblemKind::kNotInProfile : ProblemKind::kType, complaint->message);
  }
  void want(NodeIndex i, const Known& given, TypeKind wanted, std::string_view what) {
    if (typed() && !fits(given.type, wanted)) {
      complain(ast_.at(i).offset, ProblemKind::kType,
               fmt::format("{} is {}, not {}", what, given.type.text(), Type::of(wanted).text()));
    }
  }
  // A code compared with a text that is not in its list can only be a slip.
  void check_code(const Type& code, NodeIndex literal) {
    if (!typed() || code.codes() == nullptr || !constants_[literal]) return;
    const auto check = [&](const Value& v) {
      const auto* text = v.as_string();
      if (text == nullptr || std::find(code.codes()->begin(), code.codes()->end(), *text) != code.codes()->end()) return;
      complain(ast_.at(literal).offset, ProblemKind::kType, fmt::format("\"{}\" is no code of the list", *text));
    };
    check(*constants_[literal]);
    if (const auto* list = constants_[literal]->as_list()) std::for_each(list->begin(), list->end(), check);
  }
  // A temporal literal that FEEL reads as null is a slip too, where types are declared.
  void check_temporal(NodeIndex i) {
    const Node& node = ast_.at(i);
    if (!typed() || !constants_[i] || !constants_[i]->is_null()) return;
    if (node.kind == NodeKind::kTemporal)
      complain(node.offset, ProblemKind::kType, fmt::format("\"{}\" is no date, time or duration", node.text));
    if (node.kind == NodeKind::kCall)
      complain(node.offset, ProblemKind::kType, fmt::format("this is no {}", describe(node.function).name));
  }

  // ---- names -----------------------------------------------------------------------------------------------------------------
  Known visit_name(NodeIndex i) {
    const Node& node = ast_.at(i);
    const Binding b = binder_.bind(i);
    using K = Binding::Kind;
    const bool incomplete = b.kind == K::kPartial || b.partial_member;
    if (incomplete && problems_.empty())
      complain(node.offset, ProblemKind::kType, fmt::format("\"{}\" is not complete", b.partial));
    if (incomplete) return push_constant(node, {});
    switch (b.kind) {
      case K::kVariable: return visit_variable(node, b);
      case K::kMember: {
        emit(node, Op::kGet, 1, {.op = Op::kGet, .a = b.variable, .b = b.member});
        reads_.insert({b.variable, b.member});
        const Type& type = binder_.variable(b).members[b.member].type;
        return {type, size_of(type), 1};
      }
      case K::kColumn: {
        emit(node, Op::kColumn, 1, {.op = Op::kColumn, .a = b.variable, .b = b.member});
        reads_.insert({b.variable, b.member});
        const Type type = Type::list(binder_.variable(b).members[b.member].type, binder_.variable(b).items_max);
        return {type, size_of(type), 1 + static_cast<std::uint64_t>(binder_.variable(b).items_max)};
      }
      case K::kItem: {
        emit(node, Op::kItem, 1, {.op = Op::kItem, .a = b.loop, .b = b.variable});
        read_all(b.variable);
        const Type type = record_type(binder_.variable(b));
        return {type, size_of(type), 1 + size_of(type).nodes};
      }
      case K::kItemMember: {
        const auto packed = (static_cast<std::uint32_t>(b.variable) << 16) | b.member;
        emit(node, Op::kItemMember, 1, {.op = Op::kItemMember, .a = b.loop, .b = packed});
        reads_.insert({b.variable, b.member});
        const Type& type = binder_.variable(b).members[b.member].type;
        return {type, size_of(type), 1};
      }
      case K::kSlot: {
        emit(node, Op::kLocal, 1, {.op = Op::kLocal, .b = b.slot});
        const Known* known = binder_.known_of_slot(b.slot);
        return known == nullptr ? Known{} : Known{known->type, known->size, 1};
      }
      case K::kDynamic: emit(node, Op::kDynamic, 1, {.op = Op::kDynamic, .b = name(node.text)}); return {{}, {}, 1};
      default: break;
    }
    if (node.kind == NodeKind::kName) return push_constant(node, {});  // unknown, and said so
    const Known of = visit(node.a);                                    // a part of a value
    emit(node, Op::kProperty, 0, {.op = Op::kProperty, .b = name(node.text)});
    std::optional<Complaint> complaint;
    const Type type = property_type(of.type, node.text, complaint);
    complain(node.offset, complaint);
    return {type, larger(of.size, size_of(type)), of.steps + 1 + property_cost(of.size)};
  }

  void read_all(std::uint16_t variable) {
    reads_.insert({variable, kNoMember});
    for (const auto& [text, member] : program_->records[variable].members) reads_.insert({variable, member});
  }

  Known visit_variable(const Node& node, const Binding& b) {
    const Variable& v = binder_.variable(b);
    if (v.shape == Variable::Shape::kScalar) {
      emit(node, Op::kGet, 1, {.op = Op::kGet, .a = b.variable, .b = 0});
      reads_.insert({b.variable, 0});
      return {v.type, size_of(v.type), 1};
    }
    read_all(b.variable);
    const Type record = record_type(v);
    const bool many_records = v.shape == Variable::Shape::kRecords;
    const Type type = many_records ? Type::list(record, v.items_max) : record;
    emit(node, many_records ? Op::kRecords : Op::kRecord, 1, {.op = Op::kRecord, .a = b.variable});
    return {type, size_of(type), 1 + size_of(type).nodes};
  }

  // ---- expressions
  // -------------------------------------------------------------------------------------------------------------
  Known visit(NodeIndex i) {
    const Node& node = ast_.at(i);
    check_temporal(i);
    if (constants_[i]) return push_constant(node, *constants_[i]);
    switch (node.kind) {
      case NodeKind::kName:
      case NodeKind::kPath: return visit_name(i);
      case NodeKind::kQuestion:
        if (!question_slot_) return push_constant(node, {});
        emit(node, Op::kLocal, 1, {.op = Op::kLocal, .b = *question_slot_});
        return {question_known_.type, question_known_.size, 1};
      case NodeKind::kMinus: return visit_minus(node);
      case NodeKind::kAdd:
      case NodeKind::kSubtract:
      case NodeKind::kMultiply:
      case NodeKind::kDivide: return visit_arithmetic(node);
      case NodeKind::kCompare: return visit_compare(node);
      case NodeKind::kAnd:
      case NodeKind::kOr: return visit_logic(node);
      case NodeKind::kBetween: return visit_between(node);
      case NodeKind::kIn: return visit_in(node);
      case NodeKind::kIf: return visit_if(node);
      case NodeKind::kSome:
      case NodeKind::kEvery: return visit_quantified(node, 0);
      case NodeKind::kCall: return visit_call(node);
      case NodeKind::kList: return visit_list(node);
      case NodeKind::kContext: return visit_context(node);
      case NodeKind::kRange: return visit_range(node);
      default: break;
    }
    if (typed()) complain(node.offset, ProblemKind::kType, "tests stand only after \"in\"");
    return push_constant(node, {});
  }

  Known visit_minus(const Node& node) {
    const Known a = visit(node.a);
    emit(node, Op::kNegate, 0);
    const bool possible = a.type.is_any() || a.type.kind() == TypeKind::kNumber || a.type.kind() == TypeKind::kYearsMonths ||
                          a.type.kind() == TypeKind::kDaysTime;
    if (typed() && !possible) complain(node.offset, ProblemKind::kType, fmt::format("- {} has no value", a.type.text()));
    return {possible ? a.type : Type::of(TypeKind::kNull), {}, a.steps + 1};
  }

  Known visit_arithmetic(const Node& node) {
    const Known a = visit(node.a), b = visit(node.b);
    const Op op = static_cast<Op>(static_cast<int>(Op::kAdd) + static_cast<int>(node.kind) - static_cast<int>(NodeKind::kAdd));
    emit(node, op, -1);
    std::optional<Complaint> complaint;
    const Type type = arithmetic_type(node.kind, a.type, b.type, complaint);
    complain(node.offset, complaint);
    return {type, {}, many(a.steps + b.steps + 1)};
  }

  void check_comparison(const Node& node, Compare op, const Known& a, NodeIndex left, const Known& b, NodeIndex right) {
    std::optional<Complaint> complaint;
    if (op == Compare::kEqual || op == Compare::kUnequal) {
      check_equal(a.type, b.type, complaint);
      if (right != kNoNode) check_code(a.type, right);
      if (left != kNoNode) check_code(b.type, left);
    } else {
      check_order(a.type, b.type, complaint);
    }
    complain(node.offset, complaint);
  }

  bool is_null_constant(NodeIndex i) const { return constants_[i] && constants_[i]->is_null(); }

  Known visit_compare(const Node& node) {
    const bool equality = node.compare == Compare::kEqual || node.compare == Compare::kUnequal;
    const NodeIndex record = binder_.is_record(node.a) && is_null_constant(node.b)   ? node.a
                             : binder_.is_record(node.b) && is_null_constant(node.a) ? node.b
                                                                                     : kNoNode;
    if (equality && record != kNoNode) {
      const Binding& b = binder_.bind(record);
      reads_.insert({b.variable, kNoMember});
      const std::uint8_t present = node.compare == Compare::kUnequal ? 1 : 0;
      emit(node, Op::kPresent, 1, {.op = Op::kPresent, .x = present, .a = b.variable});
      return {Type::boolean(), {}, 1};
    }
    const Known a = visit(node.a);
    if (const auto& literal = constants_[node.b]; literal && literal->kind() != Kind::kList && fuse(node, *literal)) {
      const Known b{type_of(*literal), size_of(*literal), 0};
      check_temporal(node.b);
      check_comparison(node, node.compare, a, node.a, b, node.b);
      return {Type::boolean(), {}, many(a.steps + 2 + equality_cost(a.size, b.size))};
    }
    const Known b = visit(node.b);
    emit(node, Op::kCompare, -1, {.op = Op::kCompare, .x = static_cast<std::uint8_t>(node.compare)});
    check_comparison(node, node.compare, a, node.a, b, node.b);
    return {Type::boolean(), {}, many(a.steps + b.steps + 1 + equality_cost(a.size, b.size))};
  }

  // Turns "get, compare with a literal" into one instruction.
  bool fuse(const Node& node, const Value& literal) {
    Instruction& last = program_->code.back();
    const NodeKind kind = ast_.at(node.a).kind;
    if (kind != NodeKind::kName && kind != NodeKind::kPath && kind != NodeKind::kCall) return false;
    if (last.op != Op::kGet && last.op != Op::kCount) return false;
    const std::uint32_t index = constant(literal);
    if (last.op == Op::kGet && (last.b > 0xffff || index > 0xffff)) return false;
    const bool member = last.op == Op::kGet;
    last = {.op = member ? Op::kCompareMember : Op::kCompareCount,
            .x = static_cast<std::uint8_t>(node.compare),
            .a = last.a,
            .b = member ? (last.b << 16) | index : index};
    program_->offsets.back() = node.offset;
    return true;
  }

  Known visit_logic(const Node& node) {
    const bool is_and = node.kind == NodeKind::kAnd;
    const Known a = visit(node.a);
    const std::size_t jump = emit(node, is_and ? Op::kJumpIfFalse : Op::kJumpIfTrue, 0);
    const Known b = visit(node.b);
    emit(node, is_and ? Op::kAnd : Op::kOr, -1);
    land(jump);
    want(node.a, a, TypeKind::kBoolean, "what is combined");
    want(node.b, b, TypeKind::kBoolean, "what is combined");
    return {Type::boolean(), {}, many(a.steps + b.steps + 2)};
  }

  Known visit_between(const Node& node) {
    const Known a = visit(node.a), low = visit(node.b), high = visit(node.c);
    emit(node, Op::kBetween, -2);
    check_comparison(node, Compare::kGreaterEqual, a, node.a, low, node.b);
    check_comparison(node, Compare::kLessEqual, a, node.a, high, node.c);
    return {Type::boolean(), {}, many(a.steps + low.steps + high.steps + 3)};
  }

  Known visit_if(const Node& node) {
    const Known condition = visit(node.a);
    want(node.a, condition, TypeKind::kBoolean, "a condition");
    const std::size_t to_else = emit(node, Op::kJumpUnlessTrue, -1);
    const Known yes = visit(node.b);
    const std::size_t to_end = emit(node, Op::kJump, -1);
    land(to_else);
    const Known no = visit(node.c);
    land(to_end);
    return {join(yes.type, no.type), larger(yes.size, no.size), many(condition.steps + yes.steps + no.steps + 2)};
  }

  Known visit_range(const Node& node) {
    const Known low = visit(node.a), high = visit(node.b);
    emit(node, Op::kMakeRange, -1, {.op = Op::kMakeRange, .x = ends_of(node)});
    std::optional<Complaint> complaint;
    check_order(low.type, high.type, complaint);
    complain(node.offset, complaint);
    return {Type::range(join(low.type, high.type)), {1, 3, 0}, many(low.steps + high.steps + 1)};
  }

  Known visit_list(const Node& node) {
    Known out{Type::of(TypeKind::kNull), {node.count, 1, 0}, 1 + static_cast<std::uint64_t>(node.count)};
    Type element = Type::of(TypeKind::kNull);
    for (std::uint32_t i = 0; i < node.count; ++i) {
      const Known item = visit(ast_.child(node, i));
      element = join(element, item.type);
      out.size.nodes = many(out.size.nodes + item.size.nodes);
      out.size.width = std::max(out.size.width, item.size.width);
      out.steps = many(out.steps + item.steps);
    }
    emit(node, Op::kMakeList, 1 - static_cast<int>(node.count), {.op = Op::kMakeList, .b = node.count});
    out.type = Type::list(element, node.count);
    return out;
  }

  Known visit_context(const Node& node) {
    ContextShape shape;
    Type::Members members;
    Known out{{}, {1, 1, node.count}, 1 + static_cast<std::uint64_t>(node.count)};
    const std::size_t scope = binder_.scope();
    bool twice = false;
    for (std::uint32_t i = 0; i < node.count; ++i) {
      const std::string& entry = ast_.names[node.first_name + i];
      twice |= std::find(shape.names.begin(), shape.names.end(), entry) != shape.names.end();
      const Known value = visit(ast_.child(node, i));
      const std::uint32_t slot = new_slot();
      emit(node, Op::kStore, -1, {.op = Op::kStore, .b = slot});
      shape.names.push_back(entry);
      shape.slots.push_back(slot);
      members.emplace_back(entry, value.type);
      Binding binding;
      binding.kind = Binding::Kind::kSlot;
      binding.slot = slot;
      binder_.enter({entry, binding, value});
      out.size.nodes = many(out.size.nodes + value.size.nodes);
      out.size.width = std::max(out.size.width, value.size.width);
      out.steps = many(out.steps + value.steps + 1);
    }
    binder_.leave(scope);
    if (twice) {  // DMN: no context at all
      if (typed()) complain(node.offset, ProblemKind::kType, "a name stands twice");
      return push_constant(node, {});
    }
    program_->shapes.push_back(std::move(shape));
    emit(node, Op::kMakeContext, 1, {.op = Op::kMakeContext, .b = static_cast<std::uint32_t>(program_->shapes.size() - 1)});
    out.type = Type::context(std::move(members));
    return out;
  }

  // ---- functions
  // ---------------------------------------------------------------------------------------------------------------
  Known visit_call(const Node& node) {
    if (node.function == Function::kCount && node.count == 1) {
      if (const auto counted = visit_count(node)) return *counted;
    }
    if (node.count > 255) {
      complain(node.offset, ProblemKind::kBound, "at most 255 arguments");
      return {};
    }
    std::vector<Type> types;
    std::vector<Known> arguments;
    Known out{{}, {}, 2 + 2 * static_cast<std::uint64_t>(node.count)};
    for (std::uint32_t i = 0; i < node.count; ++i) {
      const NodeIndex child = ast_.child(node, i);
      arguments.push_back(visit(child));
      types.push_back(arguments.back().type);
      const Size& size = arguments.back().size;
      const bool literal_text = constants_[child] && constants_[child]->kind() == Kind::kString;
      const std::uint64_t text = literal_text ? constants_[child]->as_string()->size() / 8 : kTextStepsMax;
      out.steps = many(out.steps + arguments.back().steps + 2 * size.items + text);
    }
    if (node.function == Function::kListContains && arguments.size() == 2) {
      out.steps = many(out.steps + equality_cost(arguments[0].size, arguments[1].size) +
                       many_times(arguments[0].size.items, equality_cost(arguments[1].size, arguments[0].size)));
      check_code(arguments[0].type.element(), ast_.child(node, 1));
    }
    if (node.function == Function::kNot && node.count == 1) {
      emit(node, Op::kNot, 0);
    } else {
      emit(node, Op::kCall, 1 - static_cast<int>(node.count),
           {.op = Op::kCall, .x = static_cast<std::uint8_t>(node.count), .a = static_cast<std::uint16_t>(node.function)});
    }
    std::optional<Complaint> complaint;
    out.type = call_type(node.function, types, complaint);
    complain(node.offset, complaint);
    check_calendar(node);
    return out;
  }
  // A text that is not a literal is a code or an id: they are short. Longer ones only come with plain evaluation.
  static constexpr std::uint64_t kTextStepsMax = 64;

  // count(STEP) without making the list.
  std::optional<Known> visit_count(const Node& node) {
    const NodeIndex child = ast_.child(node, 0);
    const NodeKind kind = ast_.at(child).kind;
    if (names_ == nullptr || (kind != NodeKind::kName && kind != NodeKind::kPath)) return std::nullopt;
    const Binding& b = binder_.bind(child);
    const bool records = b.kind == Binding::Kind::kVariable && binder_.variable(b).shape == Variable::Shape::kRecords;
    if (!records && b.kind != Binding::Kind::kColumn) return std::nullopt;
    if (b.partial_member) return std::nullopt;
    reads_.insert({b.variable, kNoMember});
    emit(node, Op::kCount, 1, {.op = Op::kCount, .a = b.variable});
    return Known{Type::number(), {}, 1};
  }

  void check_calendar(const Node& node) {
    if (!typed() || node.function != Function::kWorkdays || node.count != 3) return;
    const NodeIndex id = ast_.child(node, 2);
    const auto* text = constants_[id] ? constants_[id]->as_string() : nullptr;
    if (text == nullptr) {
      complain(ast_.at(id).offset, ProblemKind::kType, "the calendar is named by a literal");
    } else if (program_->around.calendars == nullptr || program_->around.calendars->find(*text) == nullptr) {
      complain(ast_.at(id).offset, ProblemKind::kType, fmt::format("there is no calendar \"{}\"", *text));
    }
  }

  // ---- tests
  // ---------------------------------------------------------------------------------------------------------------------
  struct Question {
    std::uint32_t slot;
    Known known;
    bool boolean_answers;  // in unary tests, a boolean that is no input answers for itself
  };

  Known visit_in(const Node& node) {
    const Known input = visit(node.a);
    const std::uint32_t slot = new_slot();
    emit(node, Op::kStore, -1, {.op = Op::kStore, .b = slot});
    const Known answer = test(ast_.child(node, 0), {slot, input, false});
    return {Type::boolean(), {}, many(input.steps + answer.steps + 1)};
  }

  Known unary_tests() {
    const Node& root = ast_.at(ast_.root);
    if (ast_.any) return push_constant(root, Value::boolean(true));
    const Known answer = test(ast_.root, {*input_slot_, {}, true});
    if (ast_.negated) emit(root, Op::kNot, 0);
    return answer;
  }

  // Leaves true, false or null: whether the input passes the test.
  Known test(NodeIndex i, const Question& question) {
    const Node& node = ast_.at(i);
    const auto outer_slot = question_slot_;
    const Known outer_known = question_known_;
    question_slot_ = question.slot;
    question_known_ = question.known;
    const Known out = test_with_question(i, node, question);
    question_slot_ = outer_slot;
    question_known_ = outer_known;
    return out;
  }

  Known test_with_question(NodeIndex i, const Node& node, const Question& question) {
    const auto push_input = [&] { emit(node, Op::kLocal, 1, {.op = Op::kLocal, .b = question.slot}); };
    if (node.kind == NodeKind::kTestList) return test_list(node, question);
    if (node.kind == NodeKind::kTestCompare) {
      push_input();
      const Known endpoint = visit(node.a);
      emit(node, Op::kCompare, -1, {.op = Op::kCompare, .x = static_cast<std::uint8_t>(node.compare)});
      check_comparison(node, node.compare, question.known, kNoNode, endpoint, node.a);
      return {Type::boolean(), {}, many(endpoint.steps + 2 + equality_cost(question.known.size, endpoint.size))};
    }
    if (node.uses_question) {
      const Known value = visit(i);
      want(i, value, TypeKind::kBoolean, "a test");
      emit(node, Op::kTruth, 0);
      return {Type::boolean(), {}, value.steps + 1};
    }
    push_input();
    if (node.kind == NodeKind::kRange && !constants_[i]) {
      const Known low = visit(node.a), high = visit(node.b);
      emit(node, Op::kInRange, -2, {.op = Op::kInRange, .x = ends_of(node)});
      check_comparison(node, Compare::kGreaterEqual, question.known, kNoNode, low, node.a);
      check_comparison(node, Compare::kLessEqual, question.known, kNoNode, high, node.b);
      return {Type::boolean(), {}, many(low.steps + high.steps + 4)};
    }
    const Known value = visit(i);
    emit(node, Op::kTestValue, -1, {.op = Op::kTestValue, .x = static_cast<std::uint8_t>(question.boolean_answers ? 1 : 0)});
    check_test(node, i, question.known.type, value.type);
    const std::uint64_t compare_all = many_times(1 + value.size.items, equality_cost(question.known.size, value.size) + 3);
    return {Type::boolean(), {}, many(value.steps + 2 + compare_all)};
  }

  void check_test(const Node& node, NodeIndex i, const Type& input, const Type& value) {
    if (!typed()) return;
    std::optional<Complaint> complaint;
    Type against = value;
    if (value.kind() == TypeKind::kList && input.kind() != TypeKind::kList) against = value.element();
    if (against.kind() == TypeKind::kRange) {
      check_order(input, against.element(), complaint);
    } else {
      check_equal(input, against, complaint);
      check_code(input, i);
    }
    complain(node.offset, complaint);
  }

  Known test_list(const Node& node, const Question& question) {
    Known out{Type::boolean(), {}, 1};
    std::vector<std::size_t> jumps;
    for (std::uint32_t i = 0; i < node.count; ++i) {
      if (i > 0) jumps.push_back(emit(node, Op::kJumpIfTrue, 0));
      const Known one = test(ast_.child(node, i), question);
      if (i > 0) emit(node, Op::kOr, -1);
      out.steps = many(out.steps + one.steps + 2);
    }
    for (const std::size_t jump : jumps) land(jump);
    return out;
  }

  // ---- some, every
  // -------------------------------------------------------------------------------------------------------------------
  Known visit_quantified(const Node& node, std::uint32_t iterator) {
    if (iterator + 1 == node.count) {
      const NodeIndex body = ast_.child(node, iterator);
      const Known value = visit(body);
      want(body, value, TypeKind::kBoolean, "what is to be satisfied");
      return value;
    }
    const std::uint8_t every = node.kind == NodeKind::kEvery ? 1 : 0;
    const NodeIndex domain = ast_.child(node, iterator);
    const auto loop = static_cast<std::uint16_t>(program_->loop_slots.size());
    program_->loop_slots.push_back(new_slot());
    Local local{ast_.names[node.first_name + iterator], {}, {}};
    local.binding.loop = loop;
    std::uint64_t items = 0, steps = 0;
    std::size_t begin = 0;
    if (const auto records = binder_.records_variable(domain)) {
      items = names_->variables[*records].items_max;
      reads_.insert({*records, kNoMember});
      begin = emit(node, Op::kLoopRecords, 1, {.op = Op::kLoopRecords, .x = every, .a = loop, .b = *records});
      local.binding.kind = Binding::Kind::kItem;
      local.binding.variable = *records;
    } else {
      const Known list = visit(domain);
      if (typed() && list.type.kind() != TypeKind::kList) want(domain, list, TypeKind::kList, "what is gone through");
      items = list.size.items;
      steps = list.steps;
      begin = emit(node, Op::kLoopList, 0, {.op = Op::kLoopList, .x = every, .a = loop});
      local.binding.kind = Binding::Kind::kSlot;
      local.binding.slot = program_->loop_slots[loop];
      local.known = {list.type.element(), {list.size.nodes, list.size.nodes, list.size.width}, 1};
    }
    const std::size_t next = emit(node, Op::kLoopNext, 0, {.op = Op::kLoopNext, .a = loop});
    const std::size_t scope = binder_.scope();
    binder_.enter(std::move(local));
    const Known body = visit_quantified(node, iterator + 1);
    binder_.leave(scope);
    const std::size_t fold = emit(node, Op::kLoopFold, -1, {.op = Op::kLoopFold, .x = every, .a = loop});
    emit(node, Op::kJump, 0, {.op = Op::kJump, .b = static_cast<std::uint32_t>(next)});
    if (program_->code[begin].op == Op::kLoopList) land(begin);
    land(next);
    land(fold);
    return {Type::boolean(), {}, many(steps + 3 + many_times(items, many(body.steps + 4)))};
  }

  const Ast& ast_;
  const Declarations* names_;
  std::vector<Problem> problems_;
  std::vector<std::optional<Value>> constants_;
  std::shared_ptr<Program> program_ = std::make_shared<Program>();
  Binder binder_;
  std::set<Read> reads_;
  std::optional<std::uint32_t> input_slot_, question_slot_;
  Known question_known_;
  std::uint32_t slots_ = 0;
  int depth_ = 0, stack_max_ = 0;
};

}  // namespace

Compiled compile(const Ast& ast, const Declarations* names, const Surroundings& around, bool with_input) {
  return Compiler(ast, names, around, with_input).run();
}

}  // namespace flora::feel
