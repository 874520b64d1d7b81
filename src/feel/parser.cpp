// SPDX-License-Identifier: EUPL-1.2
#include "feel/parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "feel/lexer.hpp"

namespace flora::feel {

namespace {

std::optional<Compare> comparison_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual: return Compare::kEqual;
    case TokenKind::kUnequal: return Compare::kUnequal;
    case TokenKind::kLess: return Compare::kLess;
    case TokenKind::kLessEqual: return Compare::kLessEqual;
    case TokenKind::kGreater: return Compare::kGreater;
    case TokenKind::kGreaterEqual: return Compare::kGreaterEqual;
    default: return std::nullopt;
  }
}

// After the first fatal problem `failed_` is set: everything returns at once and nothing is read any more.
class Parser {
 public:
  explicit Parser(std::string_view source) {
    ast_->source = std::string(source);
    if (source.size() > base::limits::kGuardCharsMax) {
      fail(0, ProblemKind::kBound, fmt::format("at most {} characters", base::limits::kGuardCharsMax));
      return;
    }
    Lexed lexed = lex(ast_->source);
    tokens_ = std::move(lexed.tokens);
    problems_ = std::move(lexed.problems);
    failed_ = lexed.fatal;
  }

  Parsed expression() {
    if (!failed_) ast_->root = any_expression();
    expect_end();
    return finish();
  }

  Parsed unary_tests() {
    if (!failed_ && peek().kind == TokenKind::kMinus && peek(1).kind == TokenKind::kEnd) {
      ast_->any = true;
      ast_->root = add({.kind = NodeKind::kTestList});
      return finish();
    }
    if (!failed_ && is_name("not") && peek(1).kind == TokenKind::kOpenRound && closes_at_end(1)) {
      at_ += 2;
      ast_->negated = true;
      ast_->root = test_list(TokenKind::kCloseRound);
    } else if (!failed_) {
      ast_->root = test_list(TokenKind::kEnd);
    }
    expect_end();
    return finish();
  }

 private:
  // One step deeper for as long as it lives.
  class Deeper {
   public:
    explicit Deeper(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kNestingMax)
        parser_.fail(parser_.peek().offset, ProblemKind::kBound, fmt::format("nested more than {} deep", kNestingMax));
    }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    Parser& parser_;
  };

  // ---- tokens -------------------------------------------------------------------------------------------------------
  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool is(TokenKind kind) const { return peek().kind == kind; }
  bool is_keyword_now(std::string_view word) const { return peek().kind == TokenKind::kKeyword && peek().text == word; }
  bool is_name(std::string_view word) const { return peek().kind == TokenKind::kName && peek().text == word; }
  Token next() {
    const Token token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  bool take(TokenKind kind) {
    if (failed_ || !is(kind)) return false;
    next();
    return true;
  }
  bool take_keyword(std::string_view word) {
    if (failed_ || !is_keyword_now(word)) return false;
    next();
    return true;
  }
  void expect(TokenKind kind, std::string_view what) {
    if (!take(kind)) unexpected(what);
  }
  void expect_keyword(std::string_view word) {
    if (!take_keyword(word)) unexpected(fmt::format("\"{}\"", word));
  }
  void expect_end() {
    if (!failed_ && !is(TokenKind::kEnd)) unexpected("the end");
  }

  // ---- problems -----------------------------------------------------------------------------------------------------
  void note(std::size_t offset, ProblemKind kind, std::string message) {
    problems_.push_back(problem_at(ast_->source, offset, kind, std::move(message)));
  }
  NodeIndex fail(std::size_t offset, ProblemKind kind, std::string message) {
    if (!failed_) note(offset, kind, std::move(message));
    failed_ = true;
    return kNoNode;
  }
  // What stands here cannot: FEEL that the profile leaves out, or no FEEL at all.
  NodeIndex unexpected(std::string_view wanted) {
    const Token& token = peek();
    const auto outside = [&](std::string_view what) { return fail(token.offset, ProblemKind::kNotInProfile, std::string(what)); };
    if (token.kind == TokenKind::kPower) return outside("powers are not in the profile");
    if (is_keyword_now("instance")) return outside("\"instance of\" is not in the profile");
    if (is_keyword_now("for")) return outside("\"for\" is not in the profile");
    if (is_keyword_now("function")) return outside("functions of one's own are not in the profile");
    const bool after_word =
        at_ > 0 && (tokens_[at_ - 1].kind == TokenKind::kName || tokens_[at_ - 1].kind == TokenKind::kKeyword);
    if ((token.kind == TokenKind::kName || is_keyword_now("of")) && after_word)
      return outside("names of several words are not in the profile");
    const std::string found = token.kind == TokenKind::kEnd ? "the end" : fmt::format("\"{}\"", token.text);
    return fail(token.offset, ProblemKind::kSyntax, fmt::format("{} is expected here, not {}", wanted, found));
  }

  // A name with signs or blanks that a context literal brings in could be meant where it reads as something else.
  void check_odd_names() {
    for (const std::string& name : ast_->names) {
      if (failed_ || name.empty() || is_simple_name(name) || is_keyword(name)) continue;
      const auto at = words_only(ast_->source).find(name);
      if (at != std::string::npos)
        fail(at, ProblemKind::kNotInProfile, "names are written in ASCII letters, digits and underscores");
    }
  }

  Parsed finish() {
    check_odd_names();
    if (!problems_.empty()) {  // those of the words are in order; at most one of the grammar follows
      const auto earlier = [](const Problem& a, const Problem& b) {
        return a.line != b.line ? a.line < b.line : a.column < b.column;
      };
      const auto place = std::upper_bound(problems_.begin(), problems_.end() - 1, problems_.back(), earlier);
      std::rotate(place, problems_.end() - 1, problems_.end());
    }
    Parsed out;
    out.problems = std::move(problems_);
    if (out.problems.empty()) out.ast = std::move(ast_);
    return out;
  }

  // ---- nodes --------------------------------------------------------------------------------------------------------
  NodeIndex add(Node node, std::span<const NodeIndex> children = {}) {
    if (failed_) return kNoNode;
    node.first = static_cast<std::uint32_t>(ast_->children.size());
    node.count = static_cast<std::uint32_t>(children.size());
    ast_->children.insert(ast_->children.end(), children.begin(), children.end());
    const auto take_over = [&](NodeIndex i) {
      if (i == kNoNode) return;
      const Node& child = ast_->nodes[i];
      node.height = std::max<std::uint16_t>(node.height, static_cast<std::uint16_t>(child.height + 1));
      node.uses_question |= child.uses_question;
    };
    for (const NodeIndex i : {node.a, node.b, node.c}) take_over(i);
    for (const NodeIndex i : children) take_over(i);
    if (node.kind == NodeKind::kQuestion) node.uses_question = true;
    if (node.kind == NodeKind::kIn && ast_->nodes[node.a].uses_question == false) node.uses_question = false;  // its own input
    if (node.height > kHeightMax) return fail(node.offset, ProblemKind::kBound, "the expression has too many operators in a row");
    ast_->nodes.push_back(node);
    return static_cast<NodeIndex>(ast_->nodes.size() - 1);
  }
  NodeIndex constant(std::uint32_t offset, Value value) {
    ast_->constants.push_back(std::move(value));
    return add({.kind = NodeKind::kConstant,
                .offset = offset,
                .a = kNoNode,
                .first_name = static_cast<std::uint32_t>(ast_->constants.size() - 1)});
  }
  bool is_null_literal(NodeIndex i) const {
    if (i == kNoNode) return false;
    const Node& node = ast_->nodes[i];
    return node.kind == NodeKind::kConstant && ast_->constants[node.first_name].is_null();
  }

  // ---- expressions, loosest binding first ------------------------------------------------------------------------------
  NodeIndex any_expression() { return disjunction(false); }

  NodeIndex disjunction(bool test) {
    NodeIndex left = conjunction(test);
    while (!failed_ && is_keyword_now("or")) {
      const auto offset = next().offset;
      const NodeIndex right = conjunction(false);
      left = add({.kind = NodeKind::kOr, .offset = offset, .a = left, .b = right});
    }
    return left;
  }

  NodeIndex conjunction(bool test) {
    NodeIndex left = comparison(test);
    while (!failed_ && is_keyword_now("and")) {
      const auto offset = next().offset;
      const NodeIndex right = comparison(false);
      left = add({.kind = NodeKind::kAnd, .offset = offset, .a = left, .b = right});
    }
    return left;
  }

  NodeIndex comparison(bool test) {
    NodeIndex left = sum(test);
    while (!failed_) {
      const auto offset = peek().offset;
      if (const auto op = comparison_of(peek().kind)) {
        next();
        const NodeIndex right = sum(false);
        left = add({.kind = NodeKind::kCompare, .compare = *op, .offset = offset, .a = left, .b = right});
      } else if (take_keyword("between")) {
        const NodeIndex low = sum(false);
        expect_keyword("and");
        const NodeIndex high = sum(false);
        left = add({.kind = NodeKind::kBetween, .offset = offset, .a = left, .b = low, .c = high});
      } else if (take_keyword("in")) {
        const NodeIndex one[] = {in_test()};
        left = add({.kind = NodeKind::kIn, .offset = offset, .a = left}, one);
      } else {
        break;
      }
    }
    return left;
  }

  NodeIndex sum(bool test) {
    NodeIndex left = product(test);
    while (!failed_ && (is(TokenKind::kPlus) || is(TokenKind::kMinus))) {
      const Token op = next();
      const NodeIndex right = product(false);
      left = add({.kind = op.kind == TokenKind::kPlus ? NodeKind::kAdd : NodeKind::kSubtract,
                  .offset = op.offset,
                  .a = left,
                  .b = right});
    }
    return left;
  }

  NodeIndex product(bool test) {
    NodeIndex left = minus(test);
    while (!failed_ && (is(TokenKind::kTimes) || is(TokenKind::kOver))) {
      const Token op = next();
      const NodeIndex right = minus(false);
      left = add({.kind = op.kind == TokenKind::kTimes ? NodeKind::kMultiply : NodeKind::kDivide,
                  .offset = op.offset,
                  .a = left,
                  .b = right});
    }
    return left;
  }

  NodeIndex minus(bool test) {
    const auto offset = peek().offset;
    if (!take(TokenKind::kMinus)) return postfix(test);
    const Deeper deeper(*this);
    if (failed_) return kNoNode;
    const NodeIndex operand = minus(false);
    return add({.kind = NodeKind::kMinus, .offset = offset, .a = operand});
  }

  NodeIndex postfix(bool test) {
    NodeIndex left = primary(test);
    while (!failed_) {
      const auto offset = peek().offset;
      if (take(TokenKind::kDot)) {
        if (!is(TokenKind::kName) && !is(TokenKind::kKeyword)) return unexpected("a name");
        const Token name = next();
        left = add({.kind = NodeKind::kPath, .offset = name.offset, .a = left, .text = name.text});
      } else if (is(TokenKind::kOpenSquare) && !in_endpoint_) {
        return fail(offset, ProblemKind::kNotInProfile, "filters and positions of lists are not in the profile");
      } else if (is(TokenKind::kOpenRound)) {
        return fail(offset, ProblemKind::kNotInProfile, "only the functions of the profile can be called");
      } else if (is(TokenKind::kPower) || is_keyword_now("instance")) {
        return unexpected("an operator");
      } else {
        break;
      }
    }
    return left;
  }

  NodeIndex primary(bool test) {
    const Deeper deeper(*this);
    if (failed_) return kNoNode;
    const Token token = peek();
    switch (token.kind) {
      case TokenKind::kNumber: {
        next();
        const auto number = Decimal::parse(token.text);
        if (!number) return fail(token.offset, ProblemKind::kBound, "the number is too large");
        return constant(token.offset, Value::number(*number));
      }
      case TokenKind::kString: next(); return constant(token.offset, Value::string(std::string(token.text)));
      case TokenKind::kAt: next(); return add({.kind = NodeKind::kTemporal, .offset = token.offset, .text = token.text});
      case TokenKind::kQuestion: next(); return add({.kind = NodeKind::kQuestion, .offset = token.offset});
      case TokenKind::kOpenRound: return round(test);
      case TokenKind::kOpenSquare:
      case TokenKind::kCloseSquare: return square(test);
      case TokenKind::kOpenCurly: return context();
      case TokenKind::kName: return name_or_call();
      case TokenKind::kKeyword: return keyword();
      default: break;
    }
    if (comparison_of(token.kind)) {
      return fail(token.offset, ProblemKind::kNotInProfile,
                  "a comparison without left side stands only after \"in\" and in unary tests");
    }
    return unexpected("an expression");
  }

  NodeIndex keyword() {
    const Token token = peek();
    if (take_keyword("true")) return constant(token.offset, Value::boolean(true));
    if (take_keyword("false")) return constant(token.offset, Value::boolean(false));
    if (take_keyword("null")) return constant(token.offset, Value());
    if (take_keyword("if")) {
      const NodeIndex condition = any_expression();
      expect_keyword("then");
      const NodeIndex yes = any_expression();
      expect_keyword("else");
      const NodeIndex no = any_expression();
      return add({.kind = NodeKind::kIf, .offset = token.offset, .a = condition, .b = yes, .c = no});
    }
    if (is_keyword_now("some") || is_keyword_now("every")) return quantified();
    return unexpected("an expression");
  }

  NodeIndex quantified() {
    const Token word = next();
    std::vector<NodeIndex> children;
    std::vector<std::string> names;
    do {
      if (!is(TokenKind::kName)) return unexpected("a name");
      names.emplace_back(next().text);
      expect_keyword("in");
      children.push_back(any_expression());
      if (!failed_ && is(TokenKind::kDots))
        return fail(peek().offset, ProblemKind::kNotInProfile, "counting through a range is not in the profile");
    } while (take(TokenKind::kComma));
    expect_keyword("satisfies");
    children.push_back(any_expression());
    const auto first_name = static_cast<std::uint32_t>(ast_->names.size());
    ast_->names.insert(ast_->names.end(), names.begin(), names.end());
    return add(
        {.kind = word.text == "some" ? NodeKind::kSome : NodeKind::kEvery, .offset = word.offset, .first_name = first_name},
        children);
  }

  // ---- brackets ----------------------------------------------------------------------------------------------------------
  // "(": an expression, a range with open start, or (in a test) several tests.
  NodeIndex round(bool test) {
    const Token open = next();
    const bool outer = std::exchange(in_endpoint_, false);
    std::vector<NodeIndex> items;
    do {
      items.push_back(test ? one_test() : any_expression());
      if (items.size() == 1 && take(TokenKind::kDots)) {
        in_endpoint_ = outer;
        return range_end(open.offset, items[0], false);
      }
    } while (test && take(TokenKind::kComma));
    in_endpoint_ = outer;
    expect(TokenKind::kCloseRound, "\")\"");
    if (failed_) return kNoNode;
    const NodeKind kind = ast_->nodes[items[0]].kind;
    if (items.size() == 1 && kind != NodeKind::kTestCompare) return items[0];
    return add({.kind = NodeKind::kTestList, .offset = open.offset}, items);
  }

  // "[" or "]": a list or a range.
  NodeIndex square(bool test) {
    const Token open = next();
    const bool closed = open.kind == TokenKind::kOpenSquare;
    const bool outer = std::exchange(in_endpoint_, false);
    std::vector<NodeIndex> items;
    if (closed && take(TokenKind::kCloseSquare)) {
      in_endpoint_ = outer;
      return add({.kind = NodeKind::kList, .offset = open.offset}, items);
    }
    do {
      items.push_back(test && closed ? one_test() : any_expression());
      if (items.size() == 1 && (take(TokenKind::kDots) || (!closed && !failed_))) {
        if (!closed && tokens_[at_ - 1].kind != TokenKind::kDots) return unexpected("\"..\"");
        in_endpoint_ = outer;
        return range_end(open.offset, items[0], closed);
      }
    } while (take(TokenKind::kComma));
    in_endpoint_ = outer;
    expect(TokenKind::kCloseSquare, "\"]\"");
    if (failed_) return kNoNode;
    for (const NodeIndex i : items) {
      // A comparison among the items makes the whole a list of tests: 5 in [< 3, > 4].
      const NodeKind kind = ast_->nodes[i].kind;
      if (kind == NodeKind::kTestCompare || kind == NodeKind::kTestList)
        return add({.kind = NodeKind::kTestList, .offset = open.offset}, items);
    }
    return add({.kind = NodeKind::kList, .offset = open.offset}, items);
  }

  NodeIndex range_end(std::uint32_t offset, NodeIndex low, bool low_included) {
    const bool outer = std::exchange(in_endpoint_, true);
    const NodeIndex high = sum(false);
    in_endpoint_ = outer;
    const TokenKind close = peek().kind;
    if (!take(TokenKind::kCloseRound) && !take(TokenKind::kCloseSquare) && !take(TokenKind::kOpenSquare))
      return unexpected("the end of the range");
    if (is_null_literal(low) || is_null_literal(high))
      return fail(offset, ProblemKind::kNotInProfile, "a range has two ends: null is none");
    return add({.kind = NodeKind::kRange,
                .low_included = low_included,
                .high_included = close == TokenKind::kCloseSquare,
                .offset = offset,
                .a = low,
                .b = high});
  }

  NodeIndex context() {
    const Token open = next();
    const bool outer = std::exchange(in_endpoint_, false);
    std::vector<NodeIndex> values;
    std::vector<std::string> names;
    if (!take(TokenKind::kCloseCurly)) {
      do {
        if (!is(TokenKind::kName) && !is(TokenKind::kString) && !is(TokenKind::kKeyword)) return unexpected("a name");
        names.emplace_back(next().text);
        if (!is(TokenKind::kColon)) {
          if (!failed_) fail(peek().offset, ProblemKind::kNotInProfile, "names of several words are not in the profile");
          return kNoNode;
        }
        next();
        values.push_back(any_expression());
      } while (take(TokenKind::kComma));
      expect(TokenKind::kCloseCurly, "\"}\"");
    }
    in_endpoint_ = outer;
    const auto first_name = static_cast<std::uint32_t>(ast_->names.size());
    ast_->names.insert(ast_->names.end(), names.begin(), names.end());
    return add({.kind = NodeKind::kContext, .offset = open.offset, .first_name = first_name}, values);
  }

  // ---- names and calls -----------------------------------------------------------------------------------------------------
  // The function whose words stand here, before "(": the longest name wins. `words`: how many tokens it takes.
  const FunctionEntry* function_here(std::size_t& words) const {
    std::string name;
    const FunctionEntry* found = nullptr;
    for (std::size_t n = 0; n < 5; ++n) {
      const Token& token = peek(n);
      if (token.kind != TokenKind::kName && token.kind != TokenKind::kKeyword) break;
      name += (n == 0 ? "" : " ") + std::string(token.text);
      if (peek(n + 1).kind != TokenKind::kOpenRound) continue;
      if (const auto* entry = find_function(name)) {
        found = entry;
        words = n + 1;
      }
      break;
    }
    return found;
  }

  NodeIndex name_or_call() {
    const Token first = peek();
    std::size_t words = 0;
    if (const auto* function = function_here(words)) {
      at_ += words;
      return call(first, *function);
    }
    next();
    if (is(TokenKind::kOpenRound))
      return fail(first.offset, ProblemKind::kNotInProfile, fmt::format("the function \"{}\" is not in the profile", first.text));
    if (is(TokenKind::kName)) return unexpected("an operator");
    return add({.kind = NodeKind::kName, .offset = first.offset, .text = first.text});
  }

  NodeIndex call(const Token& name, const FunctionEntry& function) {
    expect(TokenKind::kOpenRound, "\"(\"");
    const bool outer = std::exchange(in_endpoint_, false);
    std::vector<NodeIndex> arguments;
    if (!take(TokenKind::kCloseRound)) {
      do {
        if ((is(TokenKind::kName) || is(TokenKind::kKeyword)) && peek(1).kind == TokenKind::kColon) {
          return fail(peek().offset, ProblemKind::kNotInProfile, "arguments go by position, not by name");
        }
        arguments.push_back(any_expression());
      } while (take(TokenKind::kComma));
      expect(TokenKind::kCloseRound, "\")\"");
    }
    in_endpoint_ = outer;
    return add({.kind = NodeKind::kCall, .function = function.id, .offset = name.offset}, arguments);
  }

  // ---- tests -----------------------------------------------------------------------------------------------------------------
  NodeIndex one_test() {
    const auto op = comparison_of(peek().kind);
    if (!op) return disjunction(true);
    const auto offset = next().offset;
    const NodeIndex endpoint = sum(false);
    return add({.kind = NodeKind::kTestCompare, .compare = *op, .offset = offset, .a = endpoint});
  }

  // What stands behind "in": binds tighter than "and".
  NodeIndex in_test() {
    if (comparison_of(peek().kind)) return one_test();
    return sum(true);
  }

  NodeIndex test_list(TokenKind end) {
    const auto offset = peek().offset;
    std::vector<NodeIndex> tests;
    do {
      tests.push_back(one_test());
    } while (take(TokenKind::kComma));
    if (end != TokenKind::kEnd) expect(end, "\")\"");
    return add({.kind = NodeKind::kTestList, .offset = offset}, tests);
  }

  // Whether the bracket at `ahead` closes with the last token: not(1, 2), but not "not(a) or b".
  bool closes_at_end(std::size_t ahead) const {
    int open = 0;
    for (std::size_t i = at_ + ahead; i + 1 < tokens_.size(); ++i) {
      if (tokens_[i].kind == TokenKind::kOpenRound) ++open;
      if (tokens_[i].kind == TokenKind::kCloseRound && --open == 0) return i + 2 == tokens_.size();
    }
    return true;  // ranges may have brackets of two sorts; the parser will say what is wrong
  }

  std::shared_ptr<Ast> ast_ = std::make_shared<Ast>();
  std::vector<Token> tokens_{Token{}};
  std::vector<Problem> problems_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool in_endpoint_ = false;  // within the upper end of a range, where "[" closes it
  bool failed_ = false;
};

}  // namespace

Parsed parse_expression(std::string_view source) { return Parser(source).expression(); }
Parsed parse_unary_tests(std::string_view source) { return Parser(source).unary_tests(); }

std::vector<Problem> check_syntax(std::string_view source) { return parse_expression(source).problems; }

}  // namespace flora::feel
