// SPDX-License-Identifier: EUPL-1.2
// The commands of channel 0, the federation itself: governance in clear, executed by every node. Each is a CBOR array that
// begins with its name; CDDL in docs/reference/formats.md, "Federation commands". An envelope of channel 0 takes effect as a
// whole or not at all. Plain values, pure functions, any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "ledger/header.hpp"

namespace flora::ledger {

using ProposalId = base::Id<struct ProposalTag>;

// So many of n members must agree: ceil(n * numerator / denominator), at least one. 1/1 is all of them.
struct Threshold {
  std::uint32_t numerator = 2;
  std::uint32_t denominator = 3;  // numerator <= denominator, both 1..1000
  std::size_t of(std::size_t n) const;
  friend bool operator==(const Threshold&, const Threshold&) = default;
};

struct ChannelPolicy {
  Threshold admit;          // for joins and removals, counted over the channel's members before the change
  bool old_epochs = false;  // a joiner is given the keys of earlier epochs
  friend bool operator==(const ChannelPolicy&, const ChannelPolicy&) = default;
};

// The epoch key for one seal certificate: CMS AuthEnvelopedData.
struct Wrap {
  base::MemberId member;
  base::Hash certificate;  // x5t of the seal certificate
  base::Bytes cms;
  friend bool operator==(const Wrap&, const Wrap&) = default;
};

// Ends the epoch before and begins this one. Exactly one wrap for every seal certificate in standing of the channel's members
// (after the change it comes with), ascending by certificate.
struct NewEpoch {
  base::ChannelId channel;
  std::uint64_t epoch = 1;    // the one before + 1; a new channel begins with 1
  base::Hash key_commitment;  // epoch_commitment(key)
  std::vector<Wrap> wraps;
  friend bool operator==(const NewEpoch&, const NewEpoch&) = default;
};
// SHA-256("flora/epoch/1" | key).
base::Hash epoch_commitment(base::ByteView epoch_key);

// Registers the chain's leaf. Signed by the certificate itself, or by one of the same member with purpose envelope or govern
// (seal and node keys do not sign envelopes).
struct Register {
  base::MemberId member;
  std::vector<base::Bytes> chain;  // DER, leaf first, then a pool in any order; roots may be left out
  friend bool operator==(const Register&, const Register&) = default;
};

// A revocation list, in the command or uploaded before. Authorised by the CA's signature on it, whoever submits it and when.
struct PublishCrl {
  base::MemberId member;                      // whose CA
  std::vector<base::Bytes> authority;         // DER, the issuing CA first, then its path; empty if the ledger knows it
  std::variant<base::Bytes, base::Hash> crl;  // DER, or SHA-256 of the author's finished upload
  friend bool operator==(const PublishCrl&, const PublishCrl&) = default;
};

// A part of an object too large for one envelope; parts come in order. One open upload per member; a new one replaces it; it is
// dropped after ten minutes of ledger time.
struct Upload {
  base::Hash whole;        // SHA-256 of the object
  std::uint64_t size = 0;  // of the object
  std::uint64_t offset = 0;
  base::Bytes part;
  friend bool operator==(const Upload&, const Upload&) = default;
};

// A new trust anchor of a member: a CA certificate signed by one it has. Authorised by that signature.
struct RollOver {
  base::MemberId member;
  base::Bytes certificate;  // DER, the new key signed by the old one
  friend bool operator==(const RollOver&, const RollOver&) = default;
};

struct CreateChannel {
  base::ChannelId channel;
  std::string title;                    // shown to outsiders too: nothing confidential
  std::vector<base::MemberId> members;  // ascending, the author's among them
  ChannelPolicy policy;
  NewEpoch epoch;  // epoch 1
  friend bool operator==(const CreateChannel&, const CreateChannel&) = default;
};

// A wrap that does not open to the committed key: every other member owes one that does.
struct ReportWrap {
  base::ChannelId channel;
  std::uint64_t epoch = 0;
  base::Hash certificate;  // the author's member's seal certificate
  friend bool operator==(const ReportWrap&, const ReportWrap&) = default;
};
struct PublishWrap {
  base::ChannelId channel;
  std::uint64_t epoch = 0;
  Wrap wrap;
  friend bool operator==(const PublishWrap&, const PublishWrap&) = default;
};

// Who a member is when it enters the federation.
struct Founder {
  base::MemberId id;
  std::string title;                                   // shown to people
  std::vector<base::Bytes> roots;                      // DER, trust anchors of this member
  std::vector<base::Bytes> crls;                       // DER, one per CA on the paths below
  std::vector<std::vector<base::Bytes>> certificates;  // DER chains as in Register
  std::optional<base::Bytes> recovery_key;             // SPKI DER, held offline
  friend bool operator==(const Founder&, const Founder&) = default;
};

// What can be proposed. A proposal takes effect with the ballot that completes the threshold; its author has voted for it.
struct JoinChannel {
  base::ChannelId channel;
  base::MemberId member;
  NewEpoch epoch;
  friend bool operator==(const JoinChannel&, const JoinChannel&) = default;
};
struct LeaveChannel {
  base::ChannelId channel;
  base::MemberId member;
  NewEpoch epoch;
  friend bool operator==(const LeaveChannel&, const LeaveChannel&) = default;
};
struct JoinFederation {
  Founder member;
  friend bool operator==(const JoinFederation&, const JoinFederation&) = default;
};
struct LeaveFederation {
  base::MemberId member;
  friend bool operator==(const LeaveFederation&, const LeaveFederation&) = default;
};
struct ChangeValidators {
  std::vector<ValidatorUpdate> updates;  // ascending keys
  friend bool operator==(const ChangeValidators&, const ChangeValidators&) = default;
};
struct ActivateRules {
  std::uint64_t rules_version = 0;
  std::int64_t height = 0;  // first height under the new rules
  friend bool operator==(const ActivateRules&, const ActivateRules&) = default;
};
using Proposable = std::variant<JoinChannel, LeaveChannel, JoinFederation, LeaveFederation, ChangeValidators, ActivateRules>;

struct Propose {
  Proposable what;
  friend bool operator==(const Propose&, const Propose&) = default;
};
struct Ballot {
  ProposalId proposal;
  bool approve = true;  // false withdraws consent given before
  friend bool operator==(const Ballot&, const Ballot&) = default;
};
// First 16 bytes of SHA-256("flora/proposal/1" | envelope hash | index of the command as u32 big-endian).
ProposalId proposal_id(const base::Hash& envelope_hash, std::uint32_t index);

using FederationCommand =
    std::variant<Register, PublishCrl, Upload, RollOver, CreateChannel, NewEpoch, ReportWrap, PublishWrap, Propose, Ballot>;

base::Bytes encode_command(const FederationCommand& command);
// Errors: CBOR codes, kCommandUnknown (name), kWrongType, kOutOfRange, kDuplicate (lists that must ascend do not).
base::Result<FederationCommand> parse_command(base::ByteView cbor);

base::Bytes encode_proposable(const Proposable& what);
base::Result<Proposable> parse_proposable(base::ByteView cbor);
base::Bytes encode_founder(const Founder& founder);
base::Result<Founder> parse_founder(base::ByteView cbor);

}  // namespace flora::ledger
