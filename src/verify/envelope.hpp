// SPDX-License-Identifier: EUPL-1.2
// A transaction as the auditor reads it: who says it wrote what, where and until when. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/keys.hpp"

namespace flora::verify {

struct Envelope {
  base::Bytes sign1, body;
  base::Hash hash;         // SHA-256(Sign1)
  base::Hash certificate;  // x5t
  base::ChannelId channel;
  std::uint64_t sequence = 0;
  std::uint64_t epoch = 0;
  base::Instant expires;
  base::Hash command_root;
  bool body_matches = false;  // SHA-256(body) is what was signed
};

// The Sign1 alone. Errors: those of COSE, kHeaderWrong.
base::Result<Envelope> read_sign1(base::ByteView sign1);
// [Sign1, body].
base::Result<Envelope> read_transaction(base::ByteView transaction);

// Whether the signature is right for this federation, by this key.
bool signed_by(const Envelope& envelope, const crypto::PublicKey& key, const std::string& chain_id,
               const base::Hash& genesis_hash);

struct Command {
  base::Hash salt, message_id;
  base::Bytes command;
};
base::Result<std::vector<Command>> read_commands(base::ByteView command_list);
// Merkle root over the leaves SHA-256([salt, message id, command]).
base::Hash root_of(const std::vector<Command>& commands);

}  // namespace flora::verify
