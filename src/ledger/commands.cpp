// SPDX-License-Identifier: EUPL-1.2
#include "ledger/commands.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "crypto/hash.hpp"
#include "ledger/cbor_fields.hpp"
#include "ledger/command_cbor.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::ChannelId;
using base::Code;
using base::fail;
using base::Hash;
using base::MemberId;
using base::Result;
using base::Status;

std::size_t Threshold::of(std::size_t n) const {
  const std::size_t needed = (n * numerator + denominator - 1) / denominator;
  return std::max<std::size_t>(needed, 1);
}

Hash epoch_commitment(ByteView epoch_key) { return crypto::sha256({base::as_bytes("flora/epoch/1"), epoch_key}); }

ProposalId proposal_id(const Hash& envelope_hash, std::uint32_t index) {
  const auto number = base::be32(index);
  const Hash hash = crypto::sha256({base::as_bytes("flora/proposal/1"), envelope_hash, ByteView(number)});
  return *ProposalId::from(ByteView(hash).first(16));
}

// --- pieces

void write_threshold(CborWriter& writer, const Threshold& threshold) {
  writer.array(2).uint(threshold.numerator).uint(threshold.denominator);
}

Result<Threshold> read_threshold(CborReader& reader) {
  FLORA_TRY(reader.array(2));
  FLORA_TRY(const auto numerator, read_uint(reader, 1000));
  FLORA_TRY(const auto denominator, read_uint(reader, 1000));
  if (numerator < 1 || numerator > denominator) return fail(Code::kOutOfRange, "a threshold must lie above 0 and not above 1");
  return Threshold{static_cast<std::uint32_t>(numerator), static_cast<std::uint32_t>(denominator)};
}

void write_policy(CborWriter& writer, const ChannelPolicy& policy) {
  writer.array(2);
  write_threshold(writer, policy.admit);
  writer.boolean(policy.old_epochs);
}

Result<ChannelPolicy> read_policy(CborReader& reader) {
  ChannelPolicy policy;
  FLORA_TRY(reader.array(2));
  FLORA_TRY(policy.admit, read_threshold(reader));
  FLORA_TRY(policy.old_epochs, reader.boolean());
  return policy;
}

void write_founder(CborWriter& writer, const Founder& founder) {
  writer.array(6).bytes(founder.id).text(founder.title);
  write_bytes_list(writer, founder.roots);
  write_bytes_list(writer, founder.crls);
  write_list(writer, founder.certificates, write_bytes_list);
  write_optional_bytes(writer, founder.recovery_key);
}

Result<Founder> read_founder(CborReader& reader) {
  Founder out;
  FLORA_TRY(reader.array(6));
  FLORA_TRY(out.id, read_id<MemberId>(reader));
  FLORA_TRY(out.title, read_text(reader, kTitleBytesMax));
  FLORA_TRY(out.roots, read_list<Bytes>(reader, read_bytes));
  FLORA_TRY(out.crls, read_list<Bytes>(reader, read_bytes));
  FLORA_TRY(out.certificates,
            read_list<std::vector<Bytes>>(reader, [](CborReader& r) { return read_list<Bytes>(r, read_bytes); }));
  FLORA_TRY(out.recovery_key, read_optional<Bytes>(reader, read_bytes));
  if (out.roots.empty()) return fail(Code::kOutOfRange, "a member needs a root");
  return out;
}

void write_wrap(CborWriter& writer, const Wrap& wrap) {
  writer.array(3).bytes(wrap.member).bytes(wrap.certificate).bytes(wrap.cms);
}

Result<Wrap> read_wrap(CborReader& reader) {
  Wrap out;
  FLORA_TRY(reader.array(3));
  FLORA_TRY(out.member, read_id<MemberId>(reader));
  FLORA_TRY(out.certificate, read_hash(reader));
  FLORA_TRY(out.cms, read_bytes(reader));
  return out;
}

void write_epoch(CborWriter& writer, const NewEpoch& epoch) {
  writer.array(5).text("new_epoch").bytes(epoch.channel).uint(epoch.epoch).bytes(epoch.key_commitment);
  write_list(writer, epoch.wraps, write_wrap);
}

namespace {

// What follows the name in new_epoch.
Result<NewEpoch> read_epoch_fields(CborReader& reader) {
  NewEpoch out;
  FLORA_TRY(out.channel, read_id<ChannelId>(reader));
  FLORA_TRY(out.epoch, reader.uint());
  FLORA_TRY(out.key_commitment, read_hash(reader));
  FLORA_TRY(out.wraps, read_list<Wrap>(reader, read_wrap));
  FLORA_TRY(check_ascending(out.wraps, [](const Wrap& w) { return w.certificate; }, "wraps"));
  return out;
}

Status expect_items(std::size_t have, std::size_t want) {
  if (have != want) return fail(Code::kWrongType, "a command has the wrong number of fields");
  return {};
}

}  // namespace

Result<NewEpoch> read_epoch(CborReader& reader) {
  FLORA_TRY(reader.array(5));
  FLORA_TRY(const auto name, reader.text());
  if (name != "new_epoch") return fail(Code::kWrongType, "a new_epoch is expected");
  return read_epoch_fields(reader);
}

// --- writers, one per command

namespace {

struct ProposableWriter {
  CborWriter& writer;
  void operator()(const JoinChannel& c) const {
    writer.array(4).text("join_channel").bytes(c.channel).bytes(c.member);
    write_epoch(writer, c.epoch);
  }
  void operator()(const LeaveChannel& c) const {
    writer.array(4).text("leave_channel").bytes(c.channel).bytes(c.member);
    write_epoch(writer, c.epoch);
  }
  void operator()(const JoinFederation& c) const {
    writer.array(2).text("join_federation");
    write_founder(writer, c.member);
  }
  void operator()(const LeaveFederation& c) const { writer.array(2).text("leave_federation").bytes(c.member); }
  void operator()(const ChangeValidators& c) const {
    writer.array(2).text("change_validators");
    write_list(writer, c.updates, [](CborWriter& w, const ValidatorUpdate& u) { w.array(2).bytes(u.key).integer(u.power); });
  }
  void operator()(const ActivateRules& c) const {
    writer.array(3).text("activate_rules").uint(c.rules_version).integer(c.height);
  }
};

struct CommandWriter {
  CborWriter& writer;
  void operator()(const Register& c) const {
    writer.array(3).text("register").bytes(c.member);
    write_bytes_list(writer, c.chain);
  }
  void operator()(const PublishCrl& c) const {
    writer.array(4).text("publish_crl").bytes(c.member);
    write_bytes_list(writer, c.authority);
    if (const auto* der = std::get_if<Bytes>(&c.crl)) {
      writer.array(2).text("inline").bytes(*der);
    } else {
      writer.array(2).text("upload").bytes(std::get<Hash>(c.crl));
    }
  }
  void operator()(const Upload& c) const {
    writer.array(5).text("upload").bytes(c.whole).uint(c.size).uint(c.offset).bytes(c.part);
  }
  void operator()(const RollOver& c) const { writer.array(3).text("roll_over").bytes(c.member).bytes(c.certificate); }
  void operator()(const CreateChannel& c) const {
    writer.array(6).text("create_channel").bytes(c.channel).text(c.title);
    write_list(writer, c.members, [](CborWriter& w, const MemberId& id) { w.bytes(id); });
    write_policy(writer, c.policy);
    write_epoch(writer, c.epoch);
  }
  void operator()(const NewEpoch& c) const { write_epoch(writer, c); }
  void operator()(const ReportWrap& c) const {
    writer.array(4).text("report_wrap").bytes(c.channel).uint(c.epoch).bytes(c.certificate);
  }
  void operator()(const PublishWrap& c) const {
    writer.array(4).text("publish_wrap").bytes(c.channel).uint(c.epoch);
    write_wrap(writer, c.wrap);
  }
  void operator()(const Propose& c) const {
    writer.array(2).text("propose");
    std::visit(ProposableWriter{writer}, c.what);
  }
  void operator()(const Ballot& c) const { writer.array(3).text("ballot").bytes(c.proposal).boolean(c.approve); }
};

// --- readers: everything after the name

Result<FederationCommand> read_register(CborReader& reader) {
  Register out;
  FLORA_TRY(out.member, read_id<MemberId>(reader));
  FLORA_TRY(out.chain, read_list<Bytes>(reader, read_bytes));
  if (out.chain.empty()) return fail(Code::kOutOfRange, "register needs a certificate");
  return out;
}

Result<FederationCommand> read_publish_crl(CborReader& reader) {
  PublishCrl out;
  FLORA_TRY(out.member, read_id<MemberId>(reader));
  FLORA_TRY(out.authority, read_list<Bytes>(reader, read_bytes));
  FLORA_TRY(reader.array(2));
  FLORA_TRY(const auto how, reader.text());
  if (how == "inline") {
    FLORA_TRY(out.crl, read_bytes(reader));
  } else if (how == "upload") {
    FLORA_TRY(out.crl, read_hash(reader));
  } else {
    return fail(Code::kOutOfRange, "publish_crl: a list is inline or uploaded");
  }
  return out;
}

Result<FederationCommand> read_upload(CborReader& reader) {
  Upload out;
  FLORA_TRY(out.whole, read_hash(reader));
  FLORA_TRY(out.size, read_uint(reader, base::limits::kCrlBytesMax));
  FLORA_TRY(out.offset, reader.uint());
  FLORA_TRY(out.part, read_bytes(reader));
  if (out.part.empty() || out.offset > out.size || out.part.size() > out.size - out.offset) {
    return fail(Code::kOutOfRange, "upload: the part does not lie inside the object");
  }
  return out;
}

Result<FederationCommand> read_create_channel(CborReader& reader) {
  CreateChannel out;
  FLORA_TRY(out.channel, read_id<ChannelId>(reader));
  FLORA_TRY(out.title, read_text(reader, kTitleBytesMax));
  FLORA_TRY(out.members, read_list<MemberId>(reader, read_id<MemberId>));
  FLORA_TRY(out.policy, read_policy(reader));
  FLORA_TRY(out.epoch, read_epoch(reader));
  FLORA_TRY(check_ascending(out.members, [](const MemberId& id) { return id; }, "members"));
  return out;
}

Result<FederationCommand> read_report_wrap(CborReader& reader) {
  ReportWrap out;
  FLORA_TRY(out.channel, read_id<ChannelId>(reader));
  FLORA_TRY(out.epoch, reader.uint());
  FLORA_TRY(out.certificate, read_hash(reader));
  return out;
}

Result<FederationCommand> read_publish_wrap(CborReader& reader) {
  PublishWrap out;
  FLORA_TRY(out.channel, read_id<ChannelId>(reader));
  FLORA_TRY(out.epoch, reader.uint());
  FLORA_TRY(out.wrap, read_wrap(reader));
  return out;
}

Result<ValidatorUpdate> read_update(CborReader& reader) {
  FLORA_TRY(reader.array(2));
  FLORA_TRY(const auto key, reader.bytes(32));
  ValidatorUpdate out;
  std::copy(key.begin(), key.end(), out.key.begin());
  FLORA_TRY(out.power, read_natural(reader));
  return out;
}

template <class T>
Result<Proposable> read_membership(CborReader& reader) {
  T out;
  FLORA_TRY(out.channel, read_id<ChannelId>(reader));
  FLORA_TRY(out.member, read_id<MemberId>(reader));
  FLORA_TRY(out.epoch, read_epoch(reader));
  return out;
}

Result<Proposable> read_proposable(CborReader& reader) {
  FLORA_TRY(const auto items, reader.array());
  FLORA_TRY(const auto name, reader.text());
  if (name == "join_channel") {
    FLORA_TRY(expect_items(items, 4));
    return read_membership<JoinChannel>(reader);
  }
  if (name == "leave_channel") {
    FLORA_TRY(expect_items(items, 4));
    return read_membership<LeaveChannel>(reader);
  }
  if (name == "join_federation") {
    FLORA_TRY(expect_items(items, 2));
    JoinFederation out;
    FLORA_TRY(out.member, read_founder(reader));
    return out;
  }
  if (name == "leave_federation") {
    FLORA_TRY(expect_items(items, 2));
    LeaveFederation out;
    FLORA_TRY(out.member, read_id<MemberId>(reader));
    return out;
  }
  if (name == "change_validators") {
    FLORA_TRY(expect_items(items, 2));
    ChangeValidators out;
    FLORA_TRY(out.updates, read_list<ValidatorUpdate>(reader, read_update));
    FLORA_TRY(check_ascending(out.updates, [](const ValidatorUpdate& u) { return u.key; }, "validators"));
    return out;
  }
  if (name == "activate_rules") {
    FLORA_TRY(expect_items(items, 3));
    ActivateRules out;
    FLORA_TRY(out.rules_version, reader.uint());
    FLORA_TRY(out.height, read_natural(reader));
    return out;
  }
  return fail(Code::kCommandUnknown, "an unknown proposal");
}

Result<FederationCommand> read_propose(CborReader& reader) {
  FLORA_TRY(auto what, read_proposable(reader));
  return Propose{std::move(what)};
}

Result<FederationCommand> read_ballot(CborReader& reader) {
  Ballot out;
  FLORA_TRY(out.proposal, read_id<ProposalId>(reader));
  FLORA_TRY(out.approve, reader.boolean());
  return out;
}

Result<FederationCommand> read_roll_over(CborReader& reader) {
  RollOver out;
  FLORA_TRY(out.member, read_id<MemberId>(reader));
  FLORA_TRY(out.certificate, read_bytes(reader));
  return out;
}

Result<FederationCommand> read_new_epoch(CborReader& reader) {
  FLORA_TRY(auto out, read_epoch_fields(reader));
  return out;
}

struct CommandKind {
  std::string_view name;
  std::size_t items;
  Result<FederationCommand> (*read)(CborReader&);
};
// The registry: every command of channel 0, its number of fields with the name, its reader. What it does: governance.cpp.
constexpr CommandKind kKinds[] = {
    {"register", 3, read_register},       {"publish_crl", 4, read_publish_crl},       {"upload", 5, read_upload},
    {"roll_over", 3, read_roll_over},     {"create_channel", 6, read_create_channel}, {"new_epoch", 5, read_new_epoch},
    {"report_wrap", 4, read_report_wrap}, {"publish_wrap", 4, read_publish_wrap},     {"propose", 2, read_propose},
    {"ballot", 3, read_ballot},
};

}  // namespace

Bytes encode_command(const FederationCommand& command) {
  CborWriter writer;
  std::visit(CommandWriter{writer}, command);
  return writer.take();
}

Result<FederationCommand> parse_command(ByteView cbor) {
  FLORA_TRY(auto reader, CborReader::open(cbor));
  FLORA_TRY(const auto items, reader.array());
  if (items == 0) return fail(Code::kCommandUnknown, "a command without a name");
  FLORA_TRY(const auto name, reader.text());
  for (const CommandKind& kind : kKinds) {
    if (kind.name != name) continue;
    FLORA_TRY(expect_items(items, kind.items));
    FLORA_TRY(auto command, kind.read(reader));
    FLORA_TRY(reader.end());
    return command;
  }
  return fail(Code::kCommandUnknown, "an unknown command");
}

Bytes encode_proposable(const Proposable& what) {
  CborWriter writer;
  std::visit(ProposableWriter{writer}, what);
  return writer.take();
}

Result<Proposable> parse_proposable(ByteView cbor) {
  FLORA_TRY(auto reader, CborReader::open(cbor));
  FLORA_TRY(auto what, read_proposable(reader));
  FLORA_TRY(reader.end());
  return what;
}

Bytes encode_founder(const Founder& founder) {
  CborWriter writer;
  write_founder(writer, founder);
  return writer.take();
}

Result<Founder> parse_founder(ByteView cbor) {
  FLORA_TRY(auto reader, CborReader::open(cbor));
  FLORA_TRY(auto founder, read_founder(reader));
  FLORA_TRY(reader.end());
  return founder;
}

}  // namespace flora::ledger
