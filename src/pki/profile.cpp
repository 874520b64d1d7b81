// SPDX-License-Identifier: EUPL-1.2
#include "pki/profile.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>

#include "base/check.hpp"
#include "pki/x509_ptr.hpp"

namespace flora::pki {
namespace {

using base::Code;

constexpr int kExtensionsMax = 64;
constexpr std::size_t kSerialOctetsMax = 20;
constexpr std::size_t kNameComparisonsMax = std::size_t{1} << 20;

tl::unexpected<base::Error> malformed(const Certificate& certificate, std::string_view why) {
  ERR_clear_error();
  return base::fail(Code::kCertificateMalformed, fmt::format("certificate {}: {}", certificate.subject(), why));
}

// Extensions that conforming CAs must mark non-critical, and those they must mark critical (RFC 5280, 4.2).
constexpr int kNeverCritical[] = {NID_authority_key_identifier, NID_subject_key_identifier, NID_info_access, NID_sinfo_access,
                                  NID_freshest_crl};
constexpr int kAlwaysCritical[] = {NID_name_constraints, NID_inhibit_any_policy};

std::string_view trouble_of_extension(X509_EXTENSION* extension, bool is_ca, bool has_policies) {
  const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
  const bool critical = X509_EXTENSION_get_critical(extension) != 0;
  if (critical && std::ranges::find(kNeverCritical, nid) != std::end(kNeverCritical))
    return "an extension is critical that must not be";
  if (!critical && std::ranges::find(kAlwaysCritical, nid) != std::end(kAlwaysCritical))
    return "an extension is not critical that must be";
  // CAs of before RFC 5280 left policy constraints non-critical beside policies of their own; they are processed all the same.
  if (!critical && nid == NID_policy_constraints && !has_policies) return "policy constraints are not critical";
  if (nid == NID_name_constraints && !is_ca) return "name constraints in a certificate that is no CA's";
  if (X509V3_EXT_get(extension) == nullptr) return {};
  void* decoded = X509V3_EXT_d2i(extension);
  if (decoded == nullptr) return "an extension cannot be read";
  const X509V3_EXT_METHOD* method = X509V3_EXT_get(extension);
  if (method->it != nullptr) {
    ASN1_item_free(static_cast<ASN1_VALUE*>(decoded), ASN1_ITEM_ptr(method->it));
  } else {
    method->ext_free(decoded);
  }
  return {};
}

Status check_extensions(const Certificate& certificate) {
  X509* x509 = certificate.native();
  const int count = X509_get_ext_count(x509);
  if (count > kExtensionsMax) return malformed(certificate, "too many extensions");
  if (count > 0 && X509_get_version(x509) != X509_VERSION_3) return malformed(certificate, "extensions, but not version 3");
  const bool has_policies = X509_get_ext_by_NID(x509, NID_certificate_policies, -1) >= 0;
  for (int i = 0; i < count; ++i) {
    X509_EXTENSION* extension = X509_get_ext(x509, i);
    if (X509_get_ext_by_OBJ(x509, X509_EXTENSION_get_object(extension), i) >= 0)
      return malformed(certificate, "an extension stands twice");
    const auto trouble = trouble_of_extension(extension, certificate.is_ca(), has_policies);
    if (!trouble.empty()) return malformed(certificate, trouble);
  }
  // RFC 5280, 4.2.1.1; an anchor that somebody else signed is no exception.
  if (!certificate.self_issued() && X509_get0_authority_key_id(x509) == nullptr) {
    return malformed(certificate, "the authority key identifier is missing");
  }
  if ((X509_get_extension_flags(x509) & EXFLAG_INVALID) != 0) return malformed(certificate, "its extensions contradict RFC 5280");
  const int usages = X509_get_ext_by_NID(x509, NID_ext_key_usage, -1);
  if (usages >= 0 && certificate.extended_key_usages().empty()) return malformed(certificate, "the extended key usage is empty");
  return {};
}

// A host name of labels of letters, digits, hyphens and underscores; `wildcard`: the first label may be a star.
bool is_host_name(std::string_view name, bool wildcard) {
  if (wildcard && name.starts_with("*.")) name.remove_prefix(2);
  if (name.empty() || name.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!letter && c != '.') return false;
    if (c == '.' && label == 0) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return false;
  }
  return label > 0;
}

// local-part@host, one @ alone.
bool is_mailbox(std::string_view name) {
  const auto at = name.find('@');
  return at != std::string_view::npos && at > 0 && is_host_name(name.substr(at + 1), false);
}

bool is_alternative_name(const GENERAL_NAME* name) {
  int type = 0;
  const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
  switch (type) {
    case GEN_DNS: return is_host_name(base::as_text(view_of(value)), true);
    case GEN_EMAIL: return is_mailbox(base::as_text(view_of(value)));
    case GEN_IPADD: return ASN1_STRING_length(value) == 4 || ASN1_STRING_length(value) == 16;
    case GEN_URI: return ASN1_STRING_length(value) > 0;
    default: return true;
  }
}

Status check_alternative_names(const Certificate& certificate) {
  const GeneralNamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.native(), NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr) return {};
  if (sk_GENERAL_NAME_num(names.get()) == 0) return malformed(certificate, "the list of alternative names is empty");
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    if (!is_alternative_name(sk_GENERAL_NAME_value(names.get(), i)))
      return malformed(certificate, "an alternative name is not valid");
  }
  return {};
}

// Address and mask of equal size; the mask is ones, then zeros.
bool is_address_range(ByteView range) {
  if (range.size() != 8 && range.size() != 32) return false;
  bool zeros = false;
  for (const std::uint8_t byte : range.subspan(range.size() / 2)) {
    for (int bit = 7; bit >= 0; --bit) {
      const bool one = (byte >> bit & 1) != 0;
      if (one && zeros) return false;
      zeros = zeros || !one;
    }
  }
  return true;
}

bool is_constraint(const GENERAL_NAME* name) {
  int type = 0;
  const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
  const auto text = [&] { return base::as_text(view_of(value)); };
  switch (type) {
    case GEN_DNS: return text().empty() || is_host_name(text(), false);
    case GEN_EMAIL: {
      const auto constraint = text();
      if (constraint.find('@') != std::string_view::npos) return is_mailbox(constraint);
      return is_host_name(constraint.starts_with('.') ? constraint.substr(1) : constraint, false);
    }
    case GEN_IPADD: return is_address_range(view_of(value));
    default: return true;
  }
}

NameConstraintsPtr constraints_of(const Certificate& certificate) {
  return NameConstraintsPtr(
      static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(certificate.native(), NID_name_constraints, nullptr, nullptr)));
}

Status check_constraints(const Certificate& certificate) {
  const auto constraints = constraints_of(certificate);
  if (constraints == nullptr) return {};
  for (const auto* trees : {constraints->permittedSubtrees, constraints->excludedSubtrees}) {
    for (int i = 0; trees != nullptr && i < sk_GENERAL_SUBTREE_num(trees); ++i) {
      if (!is_constraint(sk_GENERAL_SUBTREE_value(trees, i)->base))
        return malformed(certificate, "a name constraint is not valid");
    }
  }
  return {};
}

Status check_serial(const Certificate& certificate, bool for_ledger) {
  const auto serial = certificate.serial();
  if (serial.empty() || serial.size() > kSerialOctetsMax)
    return malformed(certificate, "the serial number has more than 20 octets");
  if (std::ranges::all_of(serial, [](std::uint8_t octet) { return octet == 0; }))
    return malformed(certificate, "the serial number is zero");
  if (for_ledger && serial[0] >= 0x80) return malformed(certificate, "the serial number is negative");
  return {};
}

bool ends_with_nocase(std::string_view text, std::string_view end) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return text.size() >= end.size() && std::equal(end.begin(), end.end(), text.end() - static_cast<std::ptrdiff_t>(end.size()),
                                                 [&](char a, char b) { return lower(a) == lower(b); });
}

std::vector<std::string> dns_names(const GENERAL_NAMES* names) {
  std::vector<std::string> out;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type));
    if (type == GEN_DNS) out.emplace_back(base::as_text(view_of(value)));
  }
  return out;
}

}  // namespace

Status check_profile(const Certificate& certificate, bool for_ledger) {
  FLORA_TRY(check_serial(certificate, for_ledger));
  FLORA_TRY(check_extensions(certificate));
  FLORA_TRY(check_alternative_names(certificate));
  return check_constraints(certificate);
}

Status check_algorithms(const Certificate& certificate, bool for_ledger) {
  const auto refused = [&](std::string_view why) {
    return base::fail(Code::kCertificateKey, fmt::format("certificate {}: {}", certificate.subject(), why));
  };
  const auto key = certificate.public_key();
  if (!key) return refused(key.error().detail);
  if (for_ledger && key->kind() == crypto::KeyKind::kRsa && key->bits() < 3072) return refused("an RSA key below 3072 bits");
  const X509_ALGOR* outer = nullptr;
  X509_get0_signature(nullptr, &outer, certificate.native());
  const X509_ALGOR* inner = X509_get0_tbs_sigalg(certificate.native());
  if (!is_allowed_signature(outer) || !is_allowed_signature(inner))
    return refused("signed with an algorithm that is not allowed");
  return {};
}

Status check_wildcards(std::span<const Certificate> path) {
  const GeneralNamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(path[0].native(), NID_subject_alt_name, nullptr, nullptr)));
  auto wildcards = dns_names(names.get());
  std::erase_if(wildcards, [](const std::string& name) { return !name.starts_with("*."); });
  std::size_t comparisons = 0;
  for (std::size_t i = 1; i < path.size() && !wildcards.empty(); ++i) {
    const auto constraints = constraints_of(path[i]);
    const auto* excluded = constraints == nullptr ? nullptr : constraints->excludedSubtrees;
    for (int n = 0; excluded != nullptr && n < sk_GENERAL_SUBTREE_num(excluded); ++n) {
      int type = 0;
      const auto* value =
          static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_SUBTREE_value(excluded, n)->base, &type));
      if (type != GEN_DNS) continue;
      comparisons += wildcards.size();
      if (comparisons > kNameComparisonsMax) return base::fail(Code::kCertificatePath, "too many names and constraints");
      const auto host = base::as_text(view_of(value));
      for (const auto& wildcard : wildcards) {
        if (ends_with_nocase(host, std::string_view(wildcard).substr(1))) {
          return base::fail(Code::kCertificatePath, "a wildcard name could stand for an excluded one");
        }
      }
    }
  }
  return {};
}

}  // namespace flora::pki
