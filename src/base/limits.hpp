// SPDX-License-Identifier: EUPL-1.2
// Every limit of the product, each with its reason. Hitting one is an error code, never a crash.
#pragma once
#include <cstddef>
#include <cstdint>

namespace flora::base::limits {

// Nested data: no signed object needs more than ten levels; a parser's stack stays small.
inline constexpr std::size_t kDepthMax = 16;
// One envelope, sealed: the largest import batch of 1,000 small commands fits; a block holds several.
inline constexpr std::size_t kEnvelopeBytesMax = 256 * 1024;
// Commands in one envelope: one signature for a bulk entry, yet a block stays executable in well under a second.
inline constexpr std::size_t kCommandsPerEnvelopeMax = 1000;
// Transactions' bytes in a block: above 2 MiB rounds of a small federation take seconds (measured).
inline constexpr std::size_t kBlockBytesMax = 2 * 1024 * 1024;
// An envelope is valid for at most this long: replay windows and outboxes stay small.
inline constexpr std::int64_t kExpirySecondsMax = 10 * 60;
// Sequence numbers an author may be out of order by; the window is a bit set of this size.
inline constexpr std::size_t kReplayWindowBits = 4096;
// Sequence numbers reserved durably at once: one write per thousand envelopes.
inline constexpr std::uint64_t kSequenceBlock = 1000;
// A fact may claim to have happened this far ahead of ledger time (clock skew); it is then taken as ledger time.
inline constexpr std::int64_t kFutureSecondsMax = 60;
// Idempotency entries live this long in ledger time.
inline constexpr std::int64_t kIdempotencySeconds = 30LL * 24 * 3600;
// An epoch of a channel's key lasts at most this long; the old one counts this much longer after a plain rotation.
inline constexpr std::int64_t kEpochSecondsMax = 7LL * 24 * 3600;
inline constexpr std::int64_t kEpochGraceSeconds = 120;
// A certificate revocation list counts as current until nextUpdate plus this (offices close over Christmas).
inline constexpr std::int64_t kCrlGraceSeconds = 14LL * 24 * 3600;
inline constexpr std::size_t kCrlBytesMax = 2 * 1024 * 1024;
// Certification authorities on a path: root, two sub-CAs and reserve; RFC 5280 validation alone allows ten.
inline constexpr int kPathDepthMax = 5;
inline constexpr int kPathDepthMaxAny = 10;
// App-hash entries: a proof path of twelve hashes.
inline constexpr std::size_t kAppHashEntriesMax = 4096;
// Heartbeat of an idle chain.
inline constexpr std::int64_t kHeartbeatSeconds = 30;
// Sealed plaintext is padded to 512 * 2^n bytes: size classes are all an outsider learns.
inline constexpr std::size_t kPaddingUnit = 512;
// A request's body over HTTP, its head, and a list page.
inline constexpr std::size_t kHttpBodyBytesMax = 1024 * 1024;
inline constexpr std::size_t kHttpHeadBytesMax = 16 * 1024;
inline constexpr std::size_t kPageRowsMax = 500;
// Package sources: a federal standard with all texts is about 200 KiB; hostile ones must be refused within 64 MB.
inline constexpr std::size_t kPackageFileBytesMax = 4 * 1024 * 1024;
inline constexpr std::size_t kPackageStepsMax = 1024;
inline constexpr std::size_t kPackageRulesMax = 8192;
// A guard's source text and the steps it may take.
inline constexpr std::size_t kGuardCharsMax = 4096;
inline constexpr std::uint32_t kGuardStepsMax = 100'000;
// Facts of one case: a long one has about sixty.
inline constexpr std::size_t kFactsPerCaseMax = 4096;

static_assert(kEnvelopeBytesMax * 4 <= kBlockBytesMax, "a block must hold several of the largest envelopes");

}  // namespace flora::base::limits
