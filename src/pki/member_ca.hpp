// SPDX-License-Identifier: EUPL-1.2
// A small certification authority for members that have none: one self-signed root, leaves for the four purposes, complete
// CRLs with rising numbers, rollover with cross certificates. Holds key and certificate only; what was issued and revoked is the
// caller's to keep. Any thread; the signature's nonce comes from the library's generator, all else from the arguments.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/keys.hpp"
#include "pki/certificate.hpp"
#include "pki/crl.hpp"

namespace flora::pki {

struct Validity {
  Instant not_before, not_after;  // inclusive, cut to whole seconds
};

struct LeafRequest {
  crypto::PublicKey key;
  Purpose purpose = Purpose::kEnvelope;  // not kAny
  std::string common_name;               // 1 to 64 characters
  Validity validity;
  std::vector<std::string> dns_names;  // subject alternative names, for `node`
  std::vector<std::string> ip_addresses;
};

class MemberCa {
 public:
  // A root with a fresh P-256 key and a random serial. `name` becomes CN, `organisation` O (may be empty).
  static Result<MemberCa> make_root(std::string_view name, std::string_view organisation, Validity validity,
                                    base::Random& random);
  // Errors: kCertificateKey if key and certificate do not belong together, kCertificatePurpose if it is no CA.
  static Result<MemberCa> from(Certificate certificate, crypto::PrivateKey key);

  const Certificate& certificate() const { return certificate_; }
  const crypto::PrivateKey& key() const { return key_; }

  // Errors: kOutOfRange (name, validity not inside the CA's), kCertificateKey (a key its purpose cannot use).
  Result<Certificate> issue(const LeafRequest& request, base::Random& random) const;
  // A complete list; `number` must rise from list to list (the ledger refuses others).
  Result<Crl> publish_crl(std::uint64_t number, Instant this_update, Instant next_update,
                          std::span<const RevokedEntry> revoked) const;

  struct Rollover;
  // A new key under the same name: the new root and both cross certificates (RFC 4210 section 4.4).
  Result<Rollover> roll_over(Validity validity, base::Random& random) const;

 private:
  MemberCa(Certificate certificate, crypto::PrivateKey key) : certificate_(std::move(certificate)), key_(std::move(key)) {}
  Certificate certificate_;
  crypto::PrivateKey key_;
};

struct MemberCa::Rollover {
  MemberCa next;
  Certificate new_with_old;  // the new key, signed by the old one: for those who trust the old root
  Certificate old_with_new;  // the old key, signed by the new one: for those who trust the new root
};

}  // namespace flora::pki
