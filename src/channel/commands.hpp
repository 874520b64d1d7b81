// SPDX-License-Identifier: EUPL-1.2
// The commands of a channel and their CBOR (docs/reference/formats-channel.md). A command is `[kind, version, content]`;
// kinds and versions are append-only, a reader refuses those it does not know. Epoch keys are the ledger's business (channel
// 0, ledger::NewEpoch). Values; pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace flora::channel {

// Names one fact of a case for ever: the first 16 bytes of its message id; of a fact of the clock the first 16 bytes of
// SHA-256("flora/clock-fact/1" | rule id | 00 | id of its cause). Printed like every id, 26 letters.
using FactId = base::Id<struct FactTag>;
FactId fact_id(const base::Hash& message_id);

// Says that `step` happened. Opens the case if it is unknown and the step may start one.
struct RecordFact {
  base::CaseId case_id;               // chosen at random by the author of the first fact
  std::optional<base::Hash> package;  // version the author saw. New case: must be in force, and may be left out only if
                                      // the channel has exactly one process in force. Known case: must be its own
                                      // version if given
  std::string step;                   // id
  std::string role;                   // under which it is recorded; its agency must be bound to the author's member
  base::ActorId actor;                // the officer, pseudonymous per case
  std::optional<base::Instant> at;    // when it happened; left out: live, takes the ledger time of its position
  base::Bytes data;                   // canonical CBOR map field id -> value (process/data.hpp); a0 if empty
  friend bool operator==(const RecordFact&, const RecordFact&) = default;
};

enum class FindingAct : std::uint8_t { kAcknowledge = 1, kJustify = 2, kClose = 3 };

struct ActOnFinding {
  base::CaseId case_id;
  std::string rule;  // id; also the engine's own: "once:B", "closed:B", "late:B", "cancelled:B"
  std::string step;  // id
  FactId fact;       // the graded fact, or the first cause of the obligation
  FindingAct act = FindingAct::kAcknowledge;
  std::string reason;  // code, at most 64 letters of [a-z0-9_]; may be empty to acknowledge
  std::string role;
  base::ActorId actor;
  friend bool operator==(const ActOnFinding&, const ActOnFinding&) = default;
};

struct CancelCase {
  base::CaseId case_id;
  std::string reason;  // code
  std::string role;
  base::ActorId actor;
  friend bool operator==(const CancelCase&, const CancelCase&) = default;
};

// Replaces or removes a fact. This executor version refuses it (kNotInVersion); the format stands.
struct Correct {
  base::CaseId case_id;
  FactId fact;                     // the original one
  std::optional<RecordFact> with;  // nullopt removes it
  std::string reason;              // code
  std::string role;
  base::ActorId actor;
  friend bool operator==(const Correct&, const Correct&) = default;
};

// Brings a package version into the channel. In force at once if no agency of this package id is bound yet; later versions
// when every member bound to one of its agencies has sent the same bytes (each sending is an approval).
struct ActivatePackage {
  base::Bytes package;  // package::encode_package
  friend bool operator==(const ActivatePackage&, const ActivatePackage&) = default;
};

// Binds an agency of a package to a member. A free agency is taken by the member itself (author == member); a bound one is
// handed on by the member that holds it. Anything else: kForbidden.
struct BindAgency {
  std::string package_id;
  std::string agency;  // id
  base::MemberId member;
  friend bool operator==(const BindAgency&, const BindAgency&) = default;
};

// Says: after block `height` our state digest was `digest`. Submitted by the node at checkpoints; not counted as a command
// towards the next checkpoint and not part of the digest.
struct AttestDigest {
  std::int64_t height = 0;
  base::Hash digest;
  friend bool operator==(const AttestDigest&, const AttestDigest&) = default;
};

using Command = std::variant<RecordFact, ActOnFinding, CancelCase, Correct, ActivatePackage, BindAgency, AttestDigest>;

// Deterministic. Stops the process if a text is not UTF-8 or a list is out of order: the caller has checked its input.
base::Bytes encode_command(const Command& command);
// Reads foreign bytes. Errors: those of CborReader, kCommandUnknown (kind or version), kWrongType, kOutOfRange (a text
// longer than 128 bytes, a reason that is no code, data over 4 KiB).
base::Result<Command> parse_command(base::ByteView bytes);

// snake_case name of the kind: "record_fact" ...
std::string_view name_of(const Command& command);
// The case a command is about; nullopt for those about the channel.
std::optional<base::CaseId> case_of(const Command& command);

}  // namespace flora::channel
