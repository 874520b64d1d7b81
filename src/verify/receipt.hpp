// SPDX-License-Identifier: EUPL-1.2
// The offline check of a receipt against a trust file: that the envelope stands in the named block, that validators the file
// trusts committed to it, and at what level. Shares no decision with the code that makes receipts. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "pki/certificate.hpp"

namespace flora::verify {

struct TrustAnchor {
  std::string title;
  std::string chain_id;
  base::Hash genesis_hash;
  std::int64_t from_height = 1;
  base::Hash validators_hash;
};
// Reads a trust file, CBOR or its JSON form (docs/reference/formats.md, "Trust file"). Errors: kReceiptMalformed, CBOR and JSON
// codes, kNotInVersion (a file with segments beyond the first: they need a federation).
base::Result<TrustAnchor> read_trust(base::ByteView file);

struct ReceiptReport {
  base::Hash envelope;
  base::Hash certificate;  // x5t of the author
  base::ChannelId channel;
  std::uint64_t sequence = 0;
  std::int64_t height = 0;
  base::Instant time;  // ledger time
  std::uint32_t position = 0;
  std::string level;                         // "ordered" or "executed"
  std::string trust_class;                   // "one operator" or "f of n"
  std::vector<std::string> signers;          // addresses of the validators that signed, in hexadecimal
  std::uint32_t verdict = 0;                 // the ledger's code; 0: accepted
  bool author_checked = false;               // the author's signature was checked with the certificate given
  std::vector<std::uint32_t> command_codes;  // level executed: what the channel made of each command
};

// `author`: the certificate to check the envelope's signature with; without it the report names the thumbprint only.
// Errors, naming the first thing that does not hold: kReceiptMalformed, kCorrupt (a path or hash), kBodyMismatch,
// kBadSignature (votes or author), kUnknownCertificate (the certificate given is not the author's).
base::Result<ReceiptReport> verify_receipt(base::ByteView file, const TrustAnchor& trust,
                                           const std::optional<pki::Certificate>& author);

}  // namespace flora::verify
