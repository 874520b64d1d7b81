// SPDX-License-Identifier: EUPL-1.2
#include "pki/path.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <map>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "pki/profile.hpp"
#include "pki/x509_ptr.hpp"

namespace flora::pki {
namespace {

using base::Code;
namespace limits = base::limits;

using StorePtr = std::unique_ptr<X509_STORE, Freer<&X509_STORE_free>>;
using ContextPtr = std::unique_ptr<X509_STORE_CTX, Freer<&X509_STORE_CTX_free>>;
struct FreeStack {
  template <class Stack>
  void operator()(Stack* stack) const {
    OPENSSL_sk_free(reinterpret_cast<OPENSSL_STACK*>(stack));  // borrowed elements
  }
};
using CertificatesPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;
using CrlsPtr = std::unique_ptr<STACK_OF(X509_CRL), FreeStack>;

// Work that hostile input can cause is bounded: pools are small, signatures and complete paths are counted.
constexpr std::size_t kPoolMax = 64;
constexpr int kSignatureChecksMax = 256;
constexpr int kPathsMax = 32;

std::int64_t whole_seconds(Instant t) {
  return t.ns >= 0 ? t.ns / base::kNanosPerSecond : -((-t.ns + base::kNanosPerSecond - 1) / base::kNanosPerSecond);
}

// RFC 5280, 4.1.2.5: from notBefore through notAfter, inclusive; a fraction of a second does not count.
bool is_valid_at(const Certificate& certificate, Instant at) {
  const std::int64_t second = whole_seconds(at);
  return whole_seconds(certificate.not_before()) <= second && second <= whole_seconds(certificate.not_after());
}

// What one judgement is about.
struct Question {
  std::span<const Certificate> trust;
  std::span<const Certificate> chain;
  std::vector<const Crl*> crls;  // current ones
  bool needs_crls;
  Status crls_in_order;  // that all lists given are of a kind and form that counts
  Instant at;
  Purpose purpose;
  bool for_ledger() const { return purpose != Purpose::kAny; }
};

// A candidate: leaf first, anchor last.
using Path = std::vector<Certificate>;

// What the library's callbacks are told about the path they work on.
struct Judging {
  const Question& question;
  const Path& path;
};

// Any certificate the library meets beside the path, that is, of a separate signer of revocation lists.
bool is_fit_as_crl_signer(X509* x509, const Question& question) {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509(x509, &der);
  if (size <= 0) return false;
  const auto certificate = Certificate::parse_der(ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return certificate && is_valid_at(*certificate, question.at) && check_profile(*certificate, question.for_ledger()) &&
         check_algorithms(*certificate, question.for_ledger());
}

int on_verify(int ok, X509_STORE_CTX* context) {
  X509_STORE_CTX* parent = X509_STORE_CTX_get0_parent_ctx(context);
  if (parent != nullptr) {
    const auto* judging = static_cast<const Judging*>(X509_STORE_CTX_get_app_data(parent));
    X509* current = X509_STORE_CTX_get_current_cert(context);
    return ok == 1 && judging != nullptr && (current == nullptr || is_fit_as_crl_signer(current, judging->question)) ? 1 : 0;
  }
  if (ok == 1) return 1;
  const auto* judging = static_cast<const Judging*>(X509_STORE_CTX_get_app_data(context));
  const bool at_anchor =
      judging != nullptr && X509_STORE_CTX_get_error_depth(context) == static_cast<int>(judging->path.size()) - 1;
  switch (X509_STORE_CTX_get_error(context)) {
    // An anchor is trusted by decision, not by a list.
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_REVOKED: return at_anchor ? 1 : 0;
    // RFC 5280, 6.1.4 (n): checked if present. The ledger's CAs must have it (4.2.1.3).
    case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE: return judging != nullptr && !judging->question.for_ledger() ? 1 : 0;
    default: return 0;
  }
}

// Keeps the library on the path that is being judged; for anything beside it, its own rule.
int on_issuer(X509_STORE_CTX* context, X509* subject, X509* issuer) {
  const auto* judging = static_cast<const Judging*>(X509_STORE_CTX_get_app_data(context));
  if (judging != nullptr) {
    const auto& path = judging->path;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (X509_cmp(path[i].native(), subject) != 0) continue;
      const auto& next = i + 1 < path.size() ? path[i + 1] : path[i];
      if (i + 1 < path.size() || path[i].self_issued()) return X509_cmp(next.native(), issuer) == 0 ? 1 : 0;
      return 0;
    }
  }
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    if (subject != issuer && X509_cmp(sk_X509_value(chain, i), issuer) == 0) return 0;
  }
  return X509_check_issued(issuer, subject) == X509_V_OK ? 1 : 0;
}

Code code_of(int error) {
  switch (error) {
    case X509_V_ERR_CERT_REVOKED: return Code::kCertificateRevoked;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION: return Code::kCrlMissing;
    default: return Code::kCertificatePath;
  }
}

// The library's own judgement of exactly this path (RFC 5280, 6.1 and 6.3). Times are not its business: it takes the last second
// of a certificate for expired.
Status check_with_library(const Question& question, const Path& path) {
  const StorePtr store(X509_STORE_new());
  const ContextPtr context(X509_STORE_CTX_new());
  const CertificatesPtr untrusted(sk_X509_new_null());
  const CrlsPtr crls(sk_X509_CRL_new_null());
  FLORA_CHECK(store && context && untrusted && crls, "out of memory");
  X509_STORE_add_cert(store.get(), path.back().native());
  X509_STORE_set_check_issued(store.get(), &on_issuer);
  for (std::size_t i = 1; i + 1 < path.size(); ++i) sk_X509_push(untrusted.get(), path[i].native());
  for (const auto& other : question.chain.subspan(1)) {
    if (std::ranges::find(path, other) == path.end()) sk_X509_push(untrusted.get(), other.native());
  }
  for (const auto* crl : question.crls) sk_X509_CRL_push(crls.get(), crl->native());
  FLORA_CHECK(X509_STORE_CTX_init(context.get(), store.get(), path[0].native(), untrusted.get()) == 1, "out of memory");
  Judging judging{question, path};
  X509_STORE_CTX_set_app_data(context.get(), &judging);
  X509_STORE_CTX_set_verify_cb(context.get(), &on_verify);
  X509_STORE_CTX_set0_crls(context.get(), crls.get());
  unsigned long flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME |
                        X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_NO_ALT_CHAINS | X509_V_FLAG_TRUSTED_FIRST;
  if (question.needs_crls) flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL | X509_V_FLAG_EXTENDED_CRL_SUPPORT;
  X509_STORE_CTX_set_flags(context.get(), flags);
  // The initial policy set is "any" (RFC 5280, 6.1.1 c); an empty one would mean "none" to the library.
  X509_VERIFY_PARAM_add0_policy(X509_STORE_CTX_get0_param(context.get()), OBJ_nid2obj(NID_any_policy));
  X509_VERIFY_PARAM_set_depth(X509_STORE_CTX_get0_param(context.get()), limits::kPathDepthMaxAny + 1);
  const bool valid = X509_verify_cert(context.get()) == 1;
  const int error = X509_STORE_CTX_get_error(context.get());
  const STACK_OF(X509)* built = X509_STORE_CTX_get0_chain(context.get());
  const bool as_planned = built != nullptr && sk_X509_num(built) == static_cast<int>(path.size());
  ERR_clear_error();
  if (!valid) return base::fail(code_of(error), X509_verify_cert_error_string(error));
  if (!as_planned) return base::fail(Code::kCertificatePath, "the path could not be followed");
  return {};
}

// Signed by the key of any CA certificate at hand that bears the list's name: enough to believe it that a serial is revoked.
bool is_believed(const Crl& crl, const Certificate& issuer) {
  const bool fine = X509_NAME_cmp(X509_CRL_get_issuer(crl.native()), X509_get_subject_name(issuer.native())) == 0 &&
                    X509_CRL_verify(crl.native(), X509_get0_pubkey(issuer.native())) == 1;
  ERR_clear_error();
  return fine;
}

// On the ledger a serial once revoked stays so: the newest list does not take it back.
Status check_never_revoked(std::span<const Crl> crls, const Path& path) {
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    for (const auto& crl : crls) {
      if (crl.lists(path[i].serial()) && is_believed(crl, path[i + 1])) {
        return base::fail(Code::kCertificateRevoked, fmt::format("certificate {} is revoked", path[i].subject()));
      }
    }
  }
  return {};
}

Status check_key_usage(const Certificate& leaf, Purpose purpose) {
  const auto wrong = [](std::string_view why) { return base::fail(Code::kCertificatePurpose, std::string(why)); };
  if ((X509_get_extension_flags(leaf.native()) & EXFLAG_KUSAGE) == 0) return wrong("the key usage is missing");
  const std::uint32_t usage = X509_get_key_usage(leaf.native());
  FLORA_TRY(const auto key, leaf.public_key());
  const bool rsa = key.kind() == crypto::KeyKind::kRsa;
  if (purpose == Purpose::kSeal) {
    const std::uint32_t needed = rsa ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT;
    if ((usage & needed) == 0) return wrong("the key usage does not allow to receive keys");
    if (key.kind() == crypto::KeyKind::kEd25519) return base::fail(Code::kCertificateKey, "an Ed25519 key cannot receive keys");
  } else if ((usage & KU_DIGITAL_SIGNATURE) == 0) {
    return wrong("the key usage does not allow to sign");
  }
  const bool may_be_rsa = purpose == Purpose::kSeal && rsa;
  if (!crypto::algorithm_of(key.kind()) && !may_be_rsa) {
    return base::fail(Code::kCertificateKey, fmt::format("a leaf with a key of kind {}", crypto::name_of(key.kind())));
  }
  return {};
}

// Extended key usages of a CA bound those of everything below it.
bool allows(const Certificate& ca, const std::vector<std::string>& usages) {
  const auto& allowed = ca.extended_key_usages();
  const auto has = [&](std::string_view usage) { return std::ranges::find(allowed, usage) != allowed.end(); };
  return allowed.empty() || has(oid::kAnyExtendedKeyUsage) || std::ranges::all_of(usages, has);
}

Status check_purpose(const Question& question, const Path& path) {
  const auto& leaf = path[0];
  const auto wrong = [](std::string_view why) { return base::fail(Code::kCertificatePurpose, std::string(why)); };
  FLORA_TRY(const auto purpose, leaf.purpose());
  if (purpose != question.purpose)
    return wrong(fmt::format("the certificate is for {}, not for {}", name_of(purpose), name_of(question.purpose)));
  if (leaf.is_ca()) return wrong("a CA's certificate");
  if (path.size() < 2) return wrong("the certificate is itself an anchor");
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (!allows(path[i], leaf.extended_key_usages())) return wrong("a CA on the path may not issue for this purpose");
  }
  return check_key_usage(leaf, purpose);
}

Status check_path(const Question& question, std::span<const Crl> all_crls, const Path& path) {
  for (const auto& certificate : path) {
    FLORA_TRY(check_profile(certificate, question.for_ledger()));
  }
  FLORA_TRY(question.crls_in_order);
  for (const auto& certificate : path) {
    if (!is_valid_at(certificate, question.at)) {
      return base::fail(Code::kCertificateExpired,
                        fmt::format("certificate {} is valid from {} to {}", certificate.subject(),
                                    base::to_rfc3339(certificate.not_before()), base::to_rfc3339(certificate.not_after())));
    }
  }
  if (question.for_ledger()) FLORA_TRY(check_never_revoked(all_crls, path));
  const auto judged = check_with_library(question, path);
  // A missing list is the last thing to complain about; everything else the library finds goes before purpose and key.
  if (!judged && judged.error().code != Code::kCrlMissing) return judged;
  FLORA_TRY(check_wildcards(path));
  if (question.for_ledger()) FLORA_TRY(check_purpose(question, path));
  for (const auto& certificate : path) {
    FLORA_TRY(check_algorithms(certificate, question.for_ledger()));
  }
  return judged;
}

// Walks from the leaf upwards over all certificates at hand, anchors first, until a path to an anchor holds.
class Builder {
 public:
  Builder(const Question& question, std::span<const Crl> all_crls) : question_(question), all_crls_(all_crls) {}

  Result<Path> build() {
    Path path{question_.chain[0]};
    const bool leaf_is_anchor = std::ranges::find(question_.trust, path[0]) != question_.trust.end();
    if (leaf_is_anchor && try_path(path)) return path;
    if (extend(path)) return path;
    if (first_error_) return tl::unexpected(*first_error_);
    return base::fail(Code::kCertificatePath, "no path leads to a trusted certificate");
  }

 private:
  bool extend(Path& path) {
    for (const auto& anchor : question_.trust) {
      if (!is_issuer(anchor, path.back())) continue;
      path.push_back(anchor);
      if (try_path(path)) return true;
      path.pop_back();
    }
    const auto depth_max = static_cast<std::size_t>(question_.for_ledger() ? limits::kPathDepthMax : limits::kPathDepthMaxAny);
    // One CA below the anchor at least is still to come: leaf and depth_max CAs are the longest path.
    if (path.size() >= depth_max) return false;
    for (const auto& candidate : question_.chain.subspan(1)) {
      if (std::ranges::find(path, candidate) != path.end() || !is_issuer(candidate, path.back())) continue;
      path.push_back(candidate);
      if (extend(path)) return true;
      path.pop_back();
    }
    return false;
  }

  bool try_path(const Path& path) {
    if (++paths_ > kPathsMax) return false;
    auto judged = check_path(question_, all_crls_, path);
    if (!judged && !first_error_) first_error_ = judged.error();
    return judged.has_value();
  }

  // Names, key identifiers and key usage fit, and the signature holds.
  bool is_issuer(const Certificate& issuer, const Certificate& subject) {
    if (paths_ > kPathsMax || issuer == subject) return false;
    if (X509_check_issued(issuer.native(), subject.native()) != X509_V_OK) return false;
    const auto pair = std::pair(issuer.native(), subject.native());
    const auto known = verified_.find(pair);
    if (known != verified_.end()) return known->second;
    if (static_cast<int>(verified_.size()) >= kSignatureChecksMax) return false;
    const EVP_PKEY* key = X509_get0_pubkey(issuer.native());
    const bool fine = key != nullptr && X509_verify(subject.native(), const_cast<EVP_PKEY*>(key)) == 1;
    ERR_clear_error();
    verified_.emplace(pair, fine);
    return fine;
  }

  const Question& question_;
  std::span<const Crl> all_crls_;
  std::map<std::pair<X509*, X509*>, bool> verified_;  // looked up only, never walked
  std::optional<base::Error> first_error_;
  int paths_ = 0;
};

PathJudgement judgement_of(Path path, Purpose purpose, crypto::PublicKey key) {
  PathJudgement out{purpose, std::move(key), {}, {}, path[0].not_before(), path[0].not_after()};
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto& issuer = i + 1 < path.size() ? path[i + 1] : path[i];
    const Hash name = i + 1 < path.size() ? issuer.subject_hash() : issuer.issuer_hash();
    out.path.push_back({name, base::to_bytes(path[i].serial())});
    out.not_before = std::max(out.not_before, path[i].not_before());
    out.not_after = std::min(out.not_after, path[i].not_after());
  }
  out.certificates = std::move(path);
  return out;
}

Status check_for_any(const Crl& crl) {
  FLORA_TRY(crl.check_complete());
  return crl.check_profile();
}

}  // namespace

Result<PathJudgement> verify_path(std::span<const Certificate> trust, std::span<const Certificate> chain,
                                  std::span<const Crl> crls, Instant at, Purpose purpose) {
  if (chain.empty()) return base::fail(Code::kCertificateMalformed, "no certificate to judge");
  if (trust.size() > kPoolMax || chain.size() > kPoolMax || crls.size() > kPoolMax) {
    return base::fail(Code::kTooLarge, fmt::format("more than {} certificates or lists", kPoolMax));
  }
  const bool for_ledger = purpose != Purpose::kAny;
  FLORA_TRY(check_profile(chain[0], for_ledger));  // a leaf whose extensions cannot be read would only seem to have no issuer
  Question question{trust, chain, {}, for_ledger || !crls.empty(), {}, at, purpose};
  for (const auto& crl : crls) {
    if (question.crls_in_order) question.crls_in_order = for_ledger ? crl.check_supported() : check_for_any(crl);
    if (is_current(crl, at, for_ledger ? limits::kCrlGraceSeconds : 0)) question.crls.push_back(&crl);
  }
  FLORA_TRY(auto path, Builder(question, crls).build());
  FLORA_TRY(auto key, path[0].public_key());
  return judgement_of(std::move(path), purpose, std::move(key));
}

}  // namespace flora::pki
