// SPDX-License-Identifier: EUPL-1.2
#include "verify/registry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"
#include "crypto/hash.hpp"
#include "pki/path.hpp"
#include "verify/fields.hpp"

namespace flora::verify {
namespace {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::Code;
using base::Hash;
using base::MemberId;
using base::Result;
using base::Status;
namespace limits = base::limits;

Result<std::vector<Bytes>> bytes_list(CborReader& r) { return list_field<Bytes>(r, bytes_field); }

Result<std::vector<pki::Certificate>> parse_all(const std::vector<Bytes>& ders) {
  std::vector<pki::Certificate> out;
  for (const auto& der : ders) {
    FLORA_TRY(auto certificate, pki::Certificate::parse_der(der));
    out.push_back(std::move(certificate));
  }
  return out;
}

// app_state as genesis.json carries it: a JSON string of base64url.
Result<Bytes> app_state_cbor(ByteView json) {
  const auto text = base::as_text(json);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"')
    return base::fail(Code::kJsonMalformed, "app_state is no string");
  auto cbor = base::from_base64url(text.substr(1, text.size() - 2));
  if (!cbor) return base::fail(Code::kJsonMalformed, "app_state is not base64url");
  return *std::move(cbor);
}

}  // namespace

Result<GenesisView> read_genesis(ByteView genesis) {
  FLORA_TRY(auto r, CborReader::open(genesis));
  GenesisView out;
  out.hash = crypto::sha256(genesis);
  FLORA_TRY(r.array(6));
  FLORA_TRY(const auto chain_id, r.text());
  out.chain_id = chain_id;
  FLORA_TRY(out.initial_height, r.integer());
  FLORA_TRY(out.time, instant_field(r));
  FLORA_TRY(out.validators, list_field<ChainValidator>(r, [](CborReader& item) -> Result<ChainValidator> {
              ChainValidator v;
              FLORA_TRY(item.array(2));
              FLORA_TRY(v.key, bytes_field(item));
              FLORA_TRY(v.power, item.integer());
              return v;
            }));
  FLORA_TRY(r.array(6));
  FLORA_TRY(out.block_bytes_max, r.integer());
  FLORA_TRY(out.gas_max, r.integer());
  for (int i = 0; i < 3; ++i) FLORA_TRY(r.skip());
  FLORA_TRY(out.app_version, r.uint());
  FLORA_TRY(const auto app_state, r.bytes());
  FLORA_TRY(r.end());
  FLORA_TRY(out.app_state, app_state_cbor(app_state));
  return out;
}

Result<Registry> Registry::from_genesis(const GenesisView& genesis) {
  Registry out;
  FLORA_TRY(auto r, CborReader::open(genesis.app_state));
  FLORA_TRY(r.array(5));
  FLORA_TRY(r.skip());  // rules version
  FLORA_TRY(r.skip());  // threshold of ballots
  FLORA_TRY(const std::size_t founders, r.array());
  for (std::size_t i = 0; i < founders; ++i) {
    FLORA_TRY(r.array(6));
    FLORA_TRY(const auto id, id_field<MemberId>(r));
    FLORA_TRY(r.skip());  // title
    FLORA_TRY(const auto roots, bytes_list(r));
    FLORA_TRY(const auto crls, bytes_list(r));
    FLORA_TRY(const auto chains, list_field<std::vector<Bytes>>(r, bytes_list));
    FLORA_TRY(r.skip());  // recovery key
    auto& member = out.members_[id];
    FLORA_TRY(member.roots, parse_all(roots));
    for (const auto& der : crls) {
      FLORA_TRY(auto crl, pki::Crl::parse_der(der));
      member.crls.push_back(std::move(crl));
    }
    for (const auto& chain : chains) FLORA_TRY(out.add_certificate(id, chain, genesis.time));
  }
  FLORA_TRY(const std::size_t channels, r.array());
  for (std::size_t i = 0; i < channels; ++i) FLORA_TRY(out.apply_command(r, genesis.time));
  return out;
}

Status Registry::add_certificate(const MemberId& member, const std::vector<Bytes>& chain, base::Instant time) {
  const auto found = members_.find(member);
  if (found == members_.end()) return base::fail(Code::kUnknownMember, "a certificate of an unknown member");
  FLORA_TRY(const auto certificates, parse_all(chain));
  if (certificates.empty()) return base::fail(Code::kCertificateMalformed, "an empty chain");
  FLORA_TRY(const auto purpose, certificates.front().purpose());
  FLORA_TRY(const auto path, pki::verify_path(found->second.roots, certificates, found->second.crls, time, purpose));
  Registered entry{member, path.key, purpose, path.not_before, path.not_after, path.path};
  if (revoked(entry)) return base::fail(Code::kCertificateRevoked, "a revoked certificate was registered");
  certificates_.insert_or_assign(certificates.front().thumbprint(), std::move(entry));
  return {};
}

bool Registry::revoked(const Registered& certificate) const {
  return std::ranges::any_of(certificate.path,
                             [&](const auto& element) { return revoked_.contains({certificate.member, element}); });
}

std::optional<MemberId> Registry::author_of(const Hash& x5t) const {
  const auto found = certificates_.find(x5t);
  return found == certificates_.end() ? std::nullopt : std::optional<MemberId>(found->second.member);
}

std::string Registry::use_sequence(const Hash& x5t, std::uint64_t sequence) {
  auto& window = windows_[x5t];
  if (window.highest >= sequence && window.highest - sequence >= limits::kReplayWindowBits)
    return "its sequence number is below the window";
  if (!window.used.insert(sequence).second) return "its sequence number was used before";
  window.highest = std::max(window.highest, sequence);
  while (window.highest - *window.used.begin() >= limits::kReplayWindowBits) window.used.erase(window.used.begin());
  return {};
}

std::string Registry::judge(const Envelope& envelope, const std::string& chain_id, const Hash& genesis_hash, base::Instant time) {
  const auto found = certificates_.find(envelope.certificate);
  if (found == certificates_.end()) return "its author's certificate is not registered";
  const auto& certificate = found->second;
  if (!signed_by(envelope, certificate.key, chain_id, genesis_hash)) return "its signature does not match";
  if (!envelope.body_matches) return "its body is not the one that was signed";
  const bool federation = envelope.channel == base::kFederationChannel;
  const std::string sequence = use_sequence(envelope.certificate, envelope.sequence);
  if (certificate.purpose != pki::Purpose::kEnvelope && !(federation && certificate.purpose == pki::Purpose::kGovern)) {
    return "its certificate is for another purpose";
  }
  const base::Instant second{time.ns - time.ns % base::kNanosPerSecond};
  if (second < certificate.not_before || second > certificate.not_after) return "its certificate is not valid at this time";
  if (revoked(certificate)) return "its certificate was revoked";
  if (!federation && !abstains_) {
    const auto channel = channel_members_.find(envelope.channel);
    if (channel == channel_members_.end()) return "its channel does not exist";
    if (!channel->second.contains(certificate.member)) return "its author is not a member of the channel";
  }
  if (!sequence.empty()) return sequence;
  if (envelope.expires < time) return "it had expired";
  if (envelope.expires > time.plus_seconds(limits::kExpirySecondsMax)) return "it is valid for longer than allowed";
  return {};
}

Status Registry::apply(const Envelope& envelope, base::Instant time) {
  FLORA_TRY(const auto commands, read_commands(envelope.body));
  for (const auto& command : commands) {
    FLORA_TRY(auto r, CborReader::open(command.command));
    FLORA_TRY(apply_command(r, time));
  }
  return {};
}

Status Registry::apply_command(CborReader& r, base::Instant time) {
  FLORA_TRY(const std::size_t items, r.array());
  FLORA_TRY(const auto name, r.text());
  if (name == "register") {
    FLORA_TRY(const auto member, id_field<MemberId>(r));
    FLORA_TRY(const auto chain, bytes_list(r));
    return add_certificate(member, chain, time);
  }
  if (name == "publish_crl") {
    FLORA_TRY(const auto member, id_field<MemberId>(r));
    FLORA_TRY(r.skip());
    FLORA_TRY(r.array(2));
    FLORA_TRY(const auto how, r.text());
    if (how != "inline") {
      abstains_ = true;
      return r.skip();
    }
    FLORA_TRY(const auto der, r.bytes());
    FLORA_TRY(auto crl, pki::Crl::parse_der(der));
    for (const auto& entry : crl.revoked()) revoked_.insert({member, {crl.issuer_hash(), entry.serial}});
    members_[member].crls.push_back(std::move(crl));
    return {};
  }
  if (name == "create_channel") {
    FLORA_TRY(const auto channel, id_field<base::ChannelId>(r));
    FLORA_TRY(r.skip());  // title
    FLORA_TRY(const auto members, list_field<MemberId>(r, id_field<MemberId>));
    FLORA_TRY(r.skip());  // policy
    FLORA_TRY(r.skip());  // first epoch
    channels_.insert(channel);
    channel_members_[channel] = {members.begin(), members.end()};
    return {};
  }
  if (name == "propose" || name == "ballot" || name == "roll_over") abstains_ = true;
  for (std::size_t i = 1; i < items; ++i) FLORA_TRY(r.skip());
  return {};
}

}  // namespace flora::verify
