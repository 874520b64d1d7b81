// SPDX-License-Identifier: EUPL-1.2
// Object identifiers the ledger uses, and what a certificate may be used for.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace flora::pki {

namespace oid {
// Our extended key usages, under an arc for documentation and examples until one is registered.
inline constexpr std::string_view kEnvelope = "1.3.6.1.4.1.59999.1.1";
inline constexpr std::string_view kSeal = "1.3.6.1.4.1.59999.1.2";
inline constexpr std::string_view kGovern = "1.3.6.1.4.1.59999.1.3";
// RFC 5280 section 4.2.1.12; both together make a node certificate.
inline constexpr std::string_view kServerAuth = "1.3.6.1.5.5.7.3.1";
inline constexpr std::string_view kClientAuth = "1.3.6.1.5.5.7.3.2";
inline constexpr std::string_view kAnyExtendedKeyUsage = "2.5.29.37.0";
}  // namespace oid

enum class Purpose : std::uint8_t {
  kEnvelope = 1,  // signs envelopes: digitalSignature and our EKU
  kSeal = 2,      // receives epoch keys: keyAgreement or keyEncipherment and our EKU
  kNode = 3,      // mutual TLS: clientAuth and serverAuth
  kGovern = 4,    // votes, joins, policy: digitalSignature and our EKU
  kAny = 0,       // RFC 5280 path validation alone; never a purpose on the ledger
};
std::string_view name_of(Purpose purpose);  // "envelope", ...
std::optional<Purpose> purpose_from(std::string_view name);

}  // namespace flora::pki
