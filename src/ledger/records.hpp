// SPDX-License-Identifier: EUPL-1.2
// What the ledger knows: the entries of its state. Every record's encoding is the value of its app-hash entry, unless a
// sparse tree is named. CDDL in docs/reference/formats.md, "State". Plain values, pure functions, any thread.
//
//   entry                      value
//   genesis                    genesis hash, 32 bytes
//   federation                 [chain id, ballots' threshold]
//   rules                      RulesRecord
//   validators                 ValidatorsRecord
//   accepted                   AcceptedRecord of the last block that accepted an envelope
//   member/ID                  MemberRecord              ID in base 32
//   ca/HASH                    CaRecord                  HASH = ca_key in hexadecimal
//   certificate/X5T            CertificateRecord         X5T in hexadecimal
//   channel/ID                 ChannelRecord
//   proposal/ID                ProposalRecord
//   upload/ID                  UploadRecord              ID of the member
//   heads, windows, serials    roots of sparse trees, 32 bytes: key = SHA-256(tree key), value = SHA-256(record)
//     heads    channel id (16 bytes)                         HeadRecord
//     windows  x5t (32 bytes)                                WindowRecord
//     serials  CBOR [member, issuer name hash, serial]       RevocationRecord
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/commands.hpp"
#include "ledger/genesis.hpp"
#include "ledger/header.hpp"

namespace flora::ledger {

// As pki::Purpose; a certificate's only one.
enum class KeyPurpose : std::uint8_t { kEnvelope = 1, kSeal = 2, kNode = 3, kGovern = 4 };

struct MemberRecord {
  base::MemberId id;  // the entry's key
  std::string title;
  bool standing = true;            // false: left the federation
  std::vector<base::Bytes> roots;  // DER, in the order they were added
  std::optional<base::Bytes> recovery_key;
  friend bool operator==(const MemberRecord&, const MemberRecord&) = default;
};

// A certification authority is a name with a key. SHA-256(member | subject name hash | SHA-256(SPKI)).
base::Hash ca_key(const base::MemberId& member, const base::Hash& subject_hash, const base::Hash& spki_hash);

struct CaRecord {
  base::Hash key;  // the entry's key
  base::MemberId member;
  base::Hash subject_hash;  // SHA-256 of its name: the `issuer` of the certificates it issued
  base::Bytes certificate;  // DER, one that carries name and key
  std::uint64_t crl_number = 0;
  base::Instant this_update, next_update;
  base::Hash crl_hash;  // SHA-256 of the DER of the list
  friend bool operator==(const CaRecord&, const CaRecord&) = default;
};

struct PathElement {
  base::Hash issuer;  // SHA-256 of the issuing CA's name
  base::Bytes serial;
  friend auto operator<=>(const PathElement&, const PathElement&) = default;
};

struct CertificateRecord {
  base::Hash x5t;  // the entry's key
  base::MemberId member;
  KeyPurpose purpose = KeyPurpose::kEnvelope;
  base::Bytes spki;
  std::vector<PathElement> path;        // leaf first, anchor last
  std::vector<base::Hash> authorities;  // ca_key of every CA on the path, issuer of the leaf first
  base::Instant not_before, not_after;  // of the whole path, inclusive, whole seconds
  base::Instant registered;
  std::optional<base::Instant> revoked_from;  // ledger time of the list that revoked it; counts from the next position
  base::Bytes certificate;                    // DER of the leaf; not part of the entry's value: the key names its hash
  friend bool operator==(const CertificateRecord&, const CertificateRecord&) = default;
};

struct ChannelRecord {
  base::ChannelId id;  // the entry's key
  std::string title;
  std::vector<base::MemberId> members;  // ascending
  ChannelPolicy policy;
  std::uint64_t epoch = 1;
  base::Hash key_commitment;  // of this epoch
  base::Instant epoch_since;
  std::optional<base::Instant> previous_until;  // the epoch before still counts until then (plain rotation only)
  bool needs_epoch = false;                     // a member left the federation: only a new_epoch of a remaining one counts
  std::vector<base::Hash> reported;             // seal certificates whose wrap of this epoch does not open; ascending
  friend bool operator==(const ChannelRecord&, const ChannelRecord&) = default;
};

struct HeadRecord {
  base::Hash head;
  std::uint64_t count = 0;  // envelopes accepted
  friend bool operator==(const HeadRecord&, const HeadRecord&) = default;
};

// The highest sequence number seen and which of the 4,096 up to it were used: number n is bit n mod 4096.
struct WindowRecord {
  std::uint64_t highest = 0;
  std::array<std::uint8_t, base::limits::kReplayWindowBits / 8> bits{};
  enum class State : std::uint8_t { kFree, kUsed, kBelow };
  State state(std::uint64_t sequence) const;
  // Uses a free number; false if it was used or lies below.
  bool use(std::uint64_t sequence);
  friend bool operator==(const WindowRecord&, const WindowRecord&) = default;
};

struct RevocationRecord {
  base::Instant seen;  // ledger time of the list that first named it
  friend bool operator==(const RevocationRecord&, const RevocationRecord&) = default;
};
base::Bytes revocation_key(const base::MemberId& member, const PathElement& element);

struct ProposalRecord {
  ProposalId id;  // the entry's key
  base::MemberId author;
  base::Instant expires;                 // lapses after it
  std::vector<base::MemberId> approved;  // ascending
  Proposable what;
  friend bool operator==(const ProposalRecord&, const ProposalRecord&) = default;
};

struct UploadRecord {
  base::MemberId member;  // the entry's key
  base::Hash whole;
  std::uint64_t size = 0, received = 0;
  base::Instant begun;
  friend bool operator==(const UploadRecord&, const UploadRecord&) = default;
};

struct RulesRecord {
  std::uint64_t version = 1;
  struct Next {
    std::uint64_t version = 0;
    std::int64_t height = 0;  // first height under it
    friend bool operator==(const Next&, const Next&) = default;
  };
  std::optional<Next> next;
  std::uint64_t at(std::int64_t height) const { return next && height >= next->height ? next->version : version; }
  friend bool operator==(const RulesRecord&, const RulesRecord&) = default;
};

struct ValidatorsRecord {
  std::vector<Validator> validators;     // set order, after all updates ordered so far
  std::vector<ValidatorMember> members;  // ascending keys
  friend bool operator==(const ValidatorsRecord&, const ValidatorsRecord&) = default;
};

struct AcceptedRecord {
  std::int64_t height = 0;
  base::Hash root;  // Merkle root; leaf content = envelope hash, in order of position
  friend bool operator==(const AcceptedRecord&, const AcceptedRecord&) = default;
};

base::Bytes encode(const MemberRecord& record);
base::Bytes encode(const CaRecord& record);
base::Bytes encode(const CertificateRecord& record);
base::Bytes encode(const ChannelRecord& record);
base::Bytes encode(const HeadRecord& record);
base::Bytes encode(const WindowRecord& record);
base::Bytes encode(const RevocationRecord& record);
base::Bytes encode(const ProposalRecord& record);
base::Bytes encode(const UploadRecord& record);
base::Bytes encode(const RulesRecord& record);
base::Bytes encode(const ValidatorsRecord& record);
base::Bytes encode(const AcceptedRecord& record);

// The reverse; what stands in the entry's key is the caller's to set. Errors: CBOR codes, kWrongType, kOutOfRange.
base::Status decode(base::ByteView cbor, MemberRecord& out);
base::Status decode(base::ByteView cbor, CaRecord& out);
base::Status decode(base::ByteView cbor, CertificateRecord& out);
base::Status decode(base::ByteView cbor, ChannelRecord& out);
base::Status decode(base::ByteView cbor, HeadRecord& out);
base::Status decode(base::ByteView cbor, WindowRecord& out);
base::Status decode(base::ByteView cbor, RevocationRecord& out);
base::Status decode(base::ByteView cbor, ProposalRecord& out);
base::Status decode(base::ByteView cbor, UploadRecord& out);
base::Status decode(base::ByteView cbor, RulesRecord& out);
base::Status decode(base::ByteView cbor, ValidatorsRecord& out);
base::Status decode(base::ByteView cbor, AcceptedRecord& out);

// head0 = SHA-256("flora/head/1" | chain id | channel); head' = SHA-256(head | envelope hash | height as u64 big-endian).
base::Hash first_head(const std::string& chain_id, const base::ChannelId& channel);
base::Hash next_head(const base::Hash& head, const base::Hash& envelope_hash, std::int64_t height);

}  // namespace flora::ledger
