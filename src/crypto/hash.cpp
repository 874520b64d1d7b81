// SPDX-License-Identifier: EUPL-1.2
#include "crypto/hash.hpp"

#include <openssl/evp.h>

#include <memory>
#include <vector>

#include "base/check.hpp"
#include "crypto/fetched.hpp"

namespace flora::crypto {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

Context make_context(const EVP_MD* digest) {
  Context context(EVP_MD_CTX_new());
  FLORA_CHECK(context != nullptr && EVP_DigestInit_ex2(context.get(), digest, nullptr) == 1, "the hash must start");
  return context;
}

// The thread's context for one-shot hashes. It is used from start to end inside one call, so no call can meet another's state.
template <std::size_t Size>
std::array<std::uint8_t, Size> hash_parts(EVP_MD_CTX* context, std::initializer_list<ByteView> parts) {
  std::array<std::uint8_t, Size> out;
  bool fine = EVP_DigestInit_ex2(context, nullptr, nullptr) == 1;
  for (const auto part : parts) fine = fine && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  FLORA_CHECK(fine && EVP_DigestFinal_ex(context, out.data(), nullptr) == 1, "hashing cannot fail");
  return out;
}

std::vector<Context>& idle_contexts() {
  thread_local std::vector<Context> idle;
  return idle;
}

}  // namespace

Hash sha256(ByteView input) { return sha256({input}); }

Hash sha256(std::initializer_list<ByteView> parts) {
  thread_local const Context context = make_context(fetched().sha256);
  return {hash_parts<32>(context.get(), parts)};
}

std::array<std::uint8_t, 48> sha384(ByteView input) {
  thread_local const Context context = make_context(fetched().sha384);
  return hash_parts<48>(context.get(), {input});
}

Sha256::Sha256() {
  auto& idle = idle_contexts();
  if (idle.empty()) idle.push_back(make_context(fetched().sha256));
  context_ = idle.back().release();
  idle.pop_back();
  FLORA_CHECK(EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_), nullptr, nullptr) == 1, "the hash must start");
}

Sha256::~Sha256() { idle_contexts().emplace_back(static_cast<EVP_MD_CTX*>(context_)); }

Sha256& Sha256::update(ByteView more) {
  FLORA_CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), more.data(), more.size()) == 1, "hashing cannot fail");
  return *this;
}

Hash Sha256::finish() {
  Hash out;
  auto* context = static_cast<EVP_MD_CTX*>(context_);
  const bool fine =
      EVP_DigestFinal_ex(context, out.bytes.data(), nullptr) == 1 && EVP_DigestInit_ex2(context, nullptr, nullptr) == 1;
  FLORA_CHECK(fine, "hashing cannot fail");
  return out;
}

}  // namespace flora::crypto
