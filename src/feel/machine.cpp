// SPDX-License-Identifier: EUPL-1.2
#include <array>

#include "base/check.hpp"
#include "feel/program.hpp"

namespace flora::feel {

namespace {

struct Loop {
  std::shared_ptr<const List> list;  // empty: records of a variable
  std::uint32_t index = 0, count = 0;
};

// A guard's values fit here; longer expressions take their room from the heap.
constexpr std::size_t kRoom = 8;

class Machine {
 public:
  Machine(const Program& program, const Source& source, Budget& budget) : p_(program), source_(source), budget_(budget) {
    const std::size_t needed = p_.slots + p_.stack_max;
    if (needed > kRoom) {
      heap_.resize(needed);
      slots_ = heap_.data();
    } else {
      slots_ = room_.data();
    }
    top_ = slots_ + p_.slots;
    loops_.resize(p_.loop_slots.size());
    if (source.input != nullptr) slots_[0] = *source.input;
  }

  Ran go() {
    std::size_t at = 0;
    while (at < p_.code.size()) {
      const Instruction& in = p_.code[at];
      const std::size_t here = at++;
      if (!budget_.spend(1)) return stopped(here);
      switch (in.op) {
        case Op::kConstant: push(p_.constants[in.b]); break;
        case Op::kDynamic: push(dynamic(p_.names[in.b])); break;
        case Op::kGet: push(source_.resolver->get(in.a, static_cast<std::uint16_t>(in.b))); break;
        case Op::kRecord: push(record(in.a)); break;
        case Op::kRecords: push(records(in.a)); break;
        case Op::kColumn: push(column(in.a, static_cast<std::uint16_t>(in.b))); break;
        case Op::kCount: push(Value::number(source_.resolver->count(in.a))); break;
        case Op::kPresent: push(Value::boolean(source_.resolver->present(in.a) == (in.x != 0))); break;
        case Op::kItem: push(record_at(static_cast<std::uint16_t>(in.b), loops_[in.a].index - 1)); break;
        case Op::kItemMember:
          push(source_.resolver->get_at(static_cast<std::uint16_t>(in.b >> 16), loops_[in.a].index - 1,
                                        static_cast<std::uint16_t>(in.b)));
          break;
        case Op::kLocal: push(slots_[in.b]); break;
        case Op::kStore: slots_[in.b] = pop(); break;
        case Op::kProperty: top() = property(top(), p_.names[in.b], budget_); break;
        case Op::kNegate: top() = negate(top()); break;
        case Op::kAdd: binary(add); break;
        case Op::kSubtract: binary(subtract); break;
        case Op::kMultiply: binary(multiply); break;
        case Op::kDivide: binary(divide); break;
        case Op::kCompare: {
          const Value right = pop();
          settle(compare(static_cast<Compare>(in.x), top(), right, budget_));
          break;
        }
        case Op::kCompareMember: {
          push(source_.resolver->get(in.a, static_cast<std::uint16_t>(in.b >> 16)));
          settle(compare(static_cast<Compare>(in.x), top(), p_.constants[in.b & 0xffff], budget_));
          break;
        }
        case Op::kCompareCount: {
          push(Value::number(source_.resolver->count(in.a)));
          settle(compare(static_cast<Compare>(in.x), top(), p_.constants[in.b], budget_));
          break;
        }
        case Op::kBetween: between(); break;
        case Op::kJumpIfFalse:
          if (truth_of(top()) == Truth::kFalse) at = in.b;
          break;
        case Op::kJumpIfTrue:
          if (truth_of(top()) == Truth::kTrue) at = in.b;
          break;
        case Op::kJumpUnlessTrue:
          if (truth_of(pop()) != Truth::kTrue) at = in.b;
          break;
        case Op::kJump: at = in.b; break;
        case Op::kAnd: {
          const Truth right = truth_of(pop());
          top() = to_value(conjunction(truth_of(top()), right));
          break;
        }
        case Op::kOr: {
          const Truth right = truth_of(pop());
          top() = to_value(disjunction(truth_of(top()), right));
          break;
        }
        case Op::kNot: top() = to_value(negate(truth_of(top()))); break;
        case Op::kTruth: top() = to_value(truth_of(top())); break;
        case Op::kInRange: in_range_literal(in.x); break;
        case Op::kTestValue: test(in.x != 0); break;
        case Op::kMakeList: make_list(in.b); break;
        case Op::kMakeContext: make_context(p_.shapes[in.b]); break;
        case Op::kMakeRange: make_range(in.x); break;
        case Op::kCall: call(static_cast<Function>(in.a), in.x); break;
        case Op::kLoopList: begin_loop(in, at); break;
        case Op::kLoopRecords:
          loops_[in.a] = {nullptr, 0, source_.resolver->count(static_cast<std::uint16_t>(in.b))};
          push(Value::boolean(in.x != 0));
          break;
        case Op::kLoopNext: {
          Loop& loop = loops_[in.a];
          if (loop.index == loop.count) {
            at = in.b;
          } else {
            if (loop.list) slots_[p_.loop_slots[in.a]] = (*loop.list)[loop.index];
            ++loop.index;
          }
          break;
        }
        case Op::kLoopFold: {
          const Truth item = truth_of(pop()), before = truth_of(top());
          const Truth after = in.x != 0 ? conjunction(before, item) : disjunction(before, item);
          top() = to_value(after);
          if (after == (in.x != 0 ? Truth::kFalse : Truth::kTrue)) at = in.b;
          break;
        }
      }
      if (outside_ != nullptr || budget_.left < 0) return stopped(here);
    }
    FLORA_CHECK(top_ == slots_ + p_.slots + 1, "an expression leaves one value");
    return {pop(), nullptr, false, 0};
  }

 private:
  Ran stopped(std::size_t at) const { return {Value(), outside_, outside_ == nullptr, p_.offsets[at]}; }

  void push(Value v) { *top_++ = std::move(v); }
  Value pop() { return std::move(*--top_); }
  Value& top() { return top_[-1]; }
  void spend(std::size_t n) { budget_.left -= static_cast<std::int64_t>(n); }
  void settle(const TruthOutcome& outcome) {
    outside_ = outcome.outside;
    top() = to_value(outcome.truth);
  }
  void binary(Outcome (*op)(const Value&, const Value&)) {
    const Value right = pop();
    Outcome outcome = op(top(), right);
    outside_ = outcome.outside;
    top() = std::move(outcome.value);
  }

  Value dynamic(std::string_view name) {
    const auto* context = source_.context == nullptr ? nullptr : source_.context->as_context();
    if (context == nullptr) return {};
    spend(context->size() / 8);
    const Value* found = find(*context, name);
    return found == nullptr ? Value() : *found;
  }

  Value record(std::uint16_t variable) {
    if (!source_.resolver->present(variable)) return {};
    Context out;
    for (const auto& [name, member] : p_.records[variable].members)
      out.emplace_back(name, source_.resolver->get(variable, member));
    spend(out.size());
    return Value::context(std::move(out));
  }
  Value record_at(std::uint16_t variable, std::uint32_t index) {
    Context out;
    for (const auto& [name, member] : p_.records[variable].members)
      out.emplace_back(name, source_.resolver->get_at(variable, index, member));
    spend(out.size());
    return Value::context(std::move(out));
  }
  Value records(std::uint16_t variable) {
    List out;
    const std::uint32_t count = source_.resolver->count(variable);
    for (std::uint32_t i = 0; i < count && budget_.left >= 0; ++i) {
      spend(1);
      out.push_back(record_at(variable, i));
    }
    return Value::list(std::move(out));
  }
  Value column(std::uint16_t variable, std::uint16_t member) {
    List out;
    const std::uint32_t count = source_.resolver->count(variable);
    spend(count);
    for (std::uint32_t i = 0; i < count && budget_.left >= 0; ++i) out.push_back(source_.resolver->get_at(variable, i, member));
    return Value::list(std::move(out));
  }

  void between() {
    const Value high = pop(), low = pop();
    const auto above = compare(Compare::kGreaterEqual, top(), low, budget_);
    const auto below = compare(Compare::kLessEqual, top(), high, budget_);
    settle({conjunction(above.truth, below.truth), above.outside != nullptr ? above.outside : below.outside});
  }

  void in_range_literal(std::uint8_t ends) {
    Range range;
    range.high = pop();
    range.low = pop();
    range.low_included = (ends & 1) != 0;
    range.high_included = (ends & 2) != 0;
    if (!checked_ends(*range.low, *range.high)) {
      settle({Truth::kNull, outside_});
    } else {
      settle(in_range(top(), range, budget_));
    }
  }

  // Whether a range can have these ends.
  bool checked_ends(const Value& low, const Value& high) {
    if (low.kind() == Kind::kString && high.kind() == Kind::kString) outside_ = "strings are compared by = and in only";
    return can_bound(low, high);
  }

  void test(bool boolean_answers) {
    const Value v = pop();
    if (boolean_answers && v.kind() == Kind::kBoolean && top().kind() != Kind::kBoolean) {
      top() = v;
    } else {
      settle(test_value(top(), v, budget_));
    }
  }

  void make_list(std::uint32_t count) {
    List out(std::make_move_iterator(top_ - count), std::make_move_iterator(top_));
    top_ -= count;
    spend(count);
    push(Value::list(std::move(out)));
  }

  void make_context(const ContextShape& shape) {
    Context out;
    for (std::size_t i = 0; i < shape.names.size(); ++i) out.emplace_back(shape.names[i], slots_[shape.slots[i]]);
    spend(out.size());
    push(Value::context(std::move(out)));
  }

  void make_range(std::uint8_t ends) {
    const Value high = pop();
    const bool possible = checked_ends(top(), high);
    top() = possible ? Value::range({top(), high, (ends & 1) != 0, (ends & 2) != 0}) : Value();
  }

  void call(Function function, std::uint8_t count) {
    top_ -= count;
    Outcome outcome = apply(function, {top_, count}, p_.around, budget_);
    outside_ = outcome.outside;
    push(std::move(outcome.value));
  }

  void begin_loop(const Instruction& in, std::size_t& at) {
    const Value domain = pop();
    if (domain.is_null()) {
      push({});
      at = in.b;
      return;
    }
    if (domain.kind() == Kind::kRange) outside_ = "counting through a range is not in the profile";
    const auto* shared = domain.get_if<std::shared_ptr<const List>>();
    auto list = shared != nullptr ? *shared : std::make_shared<const List>(List{domain});
    const auto count = static_cast<std::uint32_t>(list->size());
    loops_[in.a] = {std::move(list), 0, count};
    push(Value::boolean(in.x != 0));
  }

  const Program& p_;
  const Source& source_;
  Budget& budget_;
  std::array<Value, kRoom> room_;
  std::vector<Value> heap_;
  std::vector<Loop> loops_;
  Value* slots_;
  Value* top_;
  const char* outside_ = nullptr;
};

}  // namespace

Ran run(const Program& program, const Source& source, Budget& budget) { return Machine(program, source, budget).go(); }

}  // namespace flora::feel
