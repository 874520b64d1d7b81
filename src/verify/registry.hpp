// SPDX-License-Identifier: EUPL-1.2
// Who may write, as the auditor reconstructs it from the genesis and the federation's own commands: members, certificates,
// revocation lists, channels. Written from the rules, not from the ledger's code. Pure; one thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/cbor.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "pki/certificate.hpp"
#include "pki/crl.hpp"
#include "verify/comet.hpp"
#include "verify/envelope.hpp"

namespace flora::verify {

struct GenesisView {
  std::string chain_id;
  std::int64_t initial_height = 1;
  base::Instant time;
  std::vector<ChainValidator> validators;
  std::int64_t block_bytes_max = 0, gas_max = 0;
  std::uint64_t app_version = 1;
  base::Bytes app_state;  // CBOR
  base::Hash hash;
};
base::Result<GenesisView> read_genesis(base::ByteView genesis);

class Registry {
 public:
  // Founders' roots, lists and certificates, judged at genesis time.
  static base::Result<Registry> from_genesis(const GenesisView& genesis);

  // Whether the envelope could count at this time: registered and valid certificate of the right purpose, a fresh sequence
  // number, not expired, member of the channel, signature and body right. Consumes the sequence number if the signature is right.
  // The answer is empty if it counts, else why not.
  std::string judge(const Envelope& envelope, const std::string& chain_id, const base::Hash& genesis_hash, base::Instant time);

  // Effects of an accepted envelope of channel 0. Errors: a command that cannot be read.
  base::Status apply(const Envelope& envelope, base::Instant time);

  // Commands the auditor of this version does not follow (proposals and ballots): from then on it says nothing about membership.
  bool abstains() const { return abstains_; }
  const std::set<base::ChannelId>& channels() const { return channels_; }
  std::size_t members() const { return members_.size(); }
  std::size_t certificates() const { return certificates_.size(); }
  std::optional<base::MemberId> author_of(const base::Hash& x5t) const;

 private:
  struct Member {
    std::vector<pki::Certificate> roots;
    std::vector<pki::Crl> crls;
  };
  struct Registered {
    base::MemberId member;
    crypto::PublicKey key;
    pki::Purpose purpose;
    base::Instant not_before, not_after;
    std::vector<pki::IssuerSerial> path;
  };
  struct Window {
    std::uint64_t highest = 0;
    std::set<std::uint64_t> used;
  };
  base::Status add_certificate(const base::MemberId& member, const std::vector<base::Bytes>& chain, base::Instant time);
  bool revoked(const Registered& certificate) const;
  std::string use_sequence(const base::Hash& x5t, std::uint64_t sequence);
  base::Status apply_command(base::CborReader& reader, base::Instant time);

  std::map<base::MemberId, Member> members_;
  std::map<base::Hash, Registered> certificates_;
  std::map<base::Hash, Window> windows_;
  std::map<base::ChannelId, std::set<base::MemberId>> channel_members_;
  std::set<base::ChannelId> channels_;
  std::set<std::pair<base::MemberId, pki::IssuerSerial>> revoked_;
  bool abstains_ = false;
};

}  // namespace flora::verify
