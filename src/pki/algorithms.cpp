// SPDX-License-Identifier: EUPL-1.2
#include <openssl/rsa.h>

#include "pki/x509_ptr.hpp"

namespace flora::pki {
namespace {

bool is_allowed_hash(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  const int nid = OBJ_obj2nid(object);
  return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

// MGF1 with one of these hashes.
bool is_allowed_mask(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  int type = 0;
  const void* value = nullptr;
  X509_ALGOR_get0(&object, &type, &value, algorithm);
  if (OBJ_obj2nid(object) != NID_mgf1 || type != V_ASN1_SEQUENCE) return false;
  const auto* encoded = static_cast<const ASN1_STRING*>(value);
  const std::uint8_t* at = ASN1_STRING_get0_data(encoded);
  const std::unique_ptr<X509_ALGOR, Freer<&X509_ALGOR_free>> hash(d2i_X509_ALGOR(nullptr, &at, ASN1_STRING_length(encoded)));
  return hash != nullptr && is_allowed_hash(hash.get());
}

// RSASSA-PSS names its hashes in parameters (RFC 4055); left out they mean SHA-1.
bool is_allowed_pss(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  int type = 0;
  const void* value = nullptr;
  X509_ALGOR_get0(&object, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE) return false;
  const auto* encoded = static_cast<const ASN1_STRING*>(value);
  const std::uint8_t* at = ASN1_STRING_get0_data(encoded);
  const std::unique_ptr<RSA_PSS_PARAMS, Freer<&RSA_PSS_PARAMS_free>> parameters(
      d2i_RSA_PSS_PARAMS(nullptr, &at, ASN1_STRING_length(encoded)));
  return parameters != nullptr && parameters->hashAlgorithm != nullptr && is_allowed_hash(parameters->hashAlgorithm) &&
         parameters->maskGenAlgorithm != nullptr && is_allowed_mask(parameters->maskGenAlgorithm);
}

}  // namespace

bool is_allowed_signature(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  switch (OBJ_obj2nid(object)) {
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512:
    case NID_sha256WithRSAEncryption:
    case NID_sha384WithRSAEncryption:
    case NID_sha512WithRSAEncryption:
    case NID_ED25519: return true;
    case NID_rsassaPss: return is_allowed_pss(algorithm);
    default: return false;
  }
}

}  // namespace flora::pki
