// SPDX-License-Identifier: EUPL-1.2
// Eight ways to hand something to a co_await expression. Compilers exist that destroy the temporary of the first four twice
// (g++ 12); this test keeps a build with one of them from passing. The code of this module uses the last four only.
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flora::http {
namespace {

namespace asio = boost::asio;
using Shared = std::shared_ptr<int>;

struct Pair {
  Shared first;
  std::string second;
};

template <class F>
asio::awaitable<int> call(F f) {
  co_await asio::post(asio::use_awaitable);  // suspends, so that the frame outlives the expression's temporaries
  co_return f();
}
asio::awaitable<int> call_function(std::function<int()> f) {
  co_await asio::post(asio::use_awaitable);
  co_return f();
}
asio::awaitable<int> take(Pair pair) {
  co_await asio::post(asio::use_awaitable);
  co_return *pair.first + static_cast<int>(pair.second.size());
}

asio::awaitable<void> run_all(Shared x, std::vector<int>& out) {
  // Inside the expression.
  out.push_back(co_await call([x] { return *x; }));
  out.push_back(co_await call([y = Shared(x)] { return *y; }));
  out.push_back(co_await call_function([x] { return *x; }));
  out.push_back(co_await take({x, "a text that is too long for the small buffer of a string"}));
  // Named first.
  const auto captured = [x] { return *x; };
  out.push_back(co_await call(captured));
  auto initialised = [y = Shared(x)] { return *y; };
  out.push_back(co_await call(std::move(initialised)));
  std::function<int()> function = [x] { return *x; };
  out.push_back(co_await call_function(std::move(function)));
  Pair pair{x, "a text that is too long for the small buffer of a string"};
  out.push_back(co_await take(std::move(pair)));
}

TEST(Coroutines, DestroyWhatTheyAreHandedOnce) {
  const Shared x = std::make_shared<int>(1);
  std::vector<int> out;
  asio::io_context io;
  asio::co_spawn(io, run_all(x, out), asio::detached);
  io.run();
  EXPECT_EQ(out, (std::vector<int>{1, 1, 1, 57, 1, 1, 1, 57}));
  EXPECT_EQ(x.use_count(), 1) << "a capture was destroyed twice, or not at all";
}

}  // namespace
}  // namespace flora::http
