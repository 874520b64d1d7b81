// SPDX-License-Identifier: EUPL-1.2
// Result<T>: a value, or an Error that says what went wrong. No exception crosses a module border.
#pragma once
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.hpp"

namespace flora::base {

// `code` may enter consensus; `detail` never does: it is for people, in English, one sentence, without personal data.
struct Error {
  Code code;
  std::string detail;
  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> fail(Code code, std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, std::move(detail)});
}

}  // namespace flora::base

// FLORA_TRY(auto x, expression) binds the value of a Result, or returns its error from the enclosing function.
// FLORA_TRY(expression) does the same for a Status.
#define FLORA_CONCAT_(a, b) a##b
#define FLORA_CONCAT(a, b) FLORA_CONCAT_(a, b)
#define FLORA_TRY1(expression)                                                        \
  do {                                                                                \
    if (auto flora_status = (expression); !flora_status) {                            \
      return ::tl::unexpected<::flora::base::Error>(std::move(flora_status).error()); \
    }                                                                                 \
  } while (false)
#define FLORA_TRY2_(temporary, declaration, ...)                                 \
  auto temporary = (__VA_ARGS__);                                                \
  if (!temporary) {                                                              \
    return ::tl::unexpected<::flora::base::Error>(std::move(temporary).error()); \
  }                                                                              \
  declaration = *std::move(temporary)
#define FLORA_TRY(declaration, ...)                                                        \
  __VA_OPT__(FLORA_TRY2_(FLORA_CONCAT(flora_result_, __LINE__), declaration, __VA_ARGS__)) \
  FLORA_TRY_ONE_##__VA_OPT__(SKIP)(declaration)
#define FLORA_TRY_ONE_(expression) FLORA_TRY1(expression)
#define FLORA_TRY_ONE_SKIP(ignored)
