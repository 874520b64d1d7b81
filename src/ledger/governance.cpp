// SPDX-License-Identifier: EUPL-1.2
// Channels, epochs, proposals and ballots: what the commands of channel 0 do to the state.
#include <algorithm>

#include "base/limits.hpp"
#include "ledger/draft.hpp"

namespace flora::ledger {

using base::ChannelId;
using base::Code;
using base::fail;
using base::Hash;
using base::Instant;
using base::MemberId;
using base::Result;
using base::Status;

namespace {

// A CMS for one recipient is a few hundred bytes; with an RSA key of 8192 bits below 2 KiB.
constexpr std::size_t kWrapBytesMax = 4096;

bool has(const std::vector<MemberId>& members, const MemberId& member) {
  return std::binary_search(members.begin(), members.end(), member);
}

void insert(std::vector<MemberId>& members, const MemberId& member) {
  if (!has(members, member)) members.insert(std::upper_bound(members.begin(), members.end(), member), member);
}

void remove(std::vector<MemberId>& members, const MemberId& member) {
  members.erase(std::remove(members.begin(), members.end(), member), members.end());
}

std::vector<MemberId> standing_members(const Draft& draft) {
  std::vector<MemberId> out;
  draft.members.for_each([&](const MemberId& id, const MemberRecord& record) {
    if (record.standing) out.push_back(id);
  });
  return out;
}

bool in_standing(const Draft& draft, const MemberId& id) {
  const MemberRecord* record = draft.members.find(id);
  return record != nullptr && record->standing;
}

Status check_room(const Draft& draft) {
  if (draft.entries() >= base::limits::kAppHashEntriesMax) return fail(Code::kTooLarge, "the ledger's state is full");
  return {};
}

Result<const ChannelRecord*> find_channel(const Draft& draft, const ChannelId& id) {
  const ChannelRecord* channel = draft.channels.find(id);
  if (channel == nullptr) return fail(Code::kUnknownChannel, "there is no such channel");
  return channel;
}

// One wrap for every seal certificate in standing of these members, no more, and each member has one.
Status check_wraps(const Draft& draft, const NewEpoch& epoch, const std::vector<MemberId>& members, Instant time) {
  const auto recipients = seal_recipients(draft, members, time);
  for (const MemberId& member : members) {
    if (std::none_of(recipients.begin(), recipients.end(), [&](const SealRecipient& r) { return r.member == member; })) {
      return fail(Code::kUnknownCertificate, "a member has no seal certificate in standing");
    }
  }
  const bool fits =
      std::equal(recipients.begin(), recipients.end(), epoch.wraps.begin(), epoch.wraps.end(),
                 [](const SealRecipient& r, const Wrap& w) { return r.x5t == w.certificate && r.member == w.member; });
  if (!fits) return fail(Code::kUnknownCertificate, "the wraps are not for exactly the members' seal certificates in standing");
  for (const Wrap& wrap : epoch.wraps) {
    if (wrap.cms.empty() || wrap.cms.size() > kWrapBytesMax) return fail(Code::kOutOfRange, "a wrap is empty or too long");
  }
  return {};
}

// Wraps of epochs that ended long ago are dropped; the commitment stays in the blocks.
void forget_old_epochs(Draft& draft, const ChannelRecord& channel, Instant time) {
  if (time < channel.epoch_since.plus_seconds(kWrapSeconds)) return;
  std::vector<EpochKey> old;
  draft.epochs.scan({channel.id, 0}, [&](const EpochKey& key, const NewEpoch&) {
    if (key.first != channel.id || key.second >= channel.epoch) return false;
    old.push_back(key);
    return true;
  });
  for (const EpochKey& key : old) draft.epochs.erase(key);
}

// The channel's next epoch for these members. `rotation`: nobody joined or left, so the epoch before counts a little longer.
Status begin_epoch(Draft& draft, const CommandContext& context, const NewEpoch& epoch, const std::vector<MemberId>& members,
                   bool rotation) {
  FLORA_TRY(const auto* known, find_channel(draft, epoch.channel));
  if (epoch.epoch != known->epoch + 1) return fail(Code::kEpochWrong, "the epoch is not the next one");
  const Instant time = context.block.time;
  FLORA_TRY(check_wraps(draft, epoch, members, time));
  forget_old_epochs(draft, *known, time);
  ChannelRecord& channel = draft.channels.edit(epoch.channel);
  channel.previous_until.reset();
  if (rotation && !channel.needs_epoch) {
    channel.previous_until = std::min(time.plus_seconds(base::limits::kEpochGraceSeconds),
                                      channel.epoch_since.plus_seconds(base::limits::kEpochSecondsMax));
  }
  channel.members = members;
  channel.epoch = epoch.epoch;
  channel.key_commitment = epoch.key_commitment;
  channel.epoch_since = time;
  channel.needs_epoch = false;
  channel.reported.clear();
  draft.epochs.put({epoch.channel, epoch.epoch}, epoch);
  return {};
}

Status decide(Draft& draft, const CommandContext& context, const NewEpoch& command) {
  FLORA_TRY(const auto* channel, find_channel(draft, command.channel));
  if (!has(channel->members, context.author)) return fail(Code::kNotMember, "the author is not a member of the channel");
  return begin_epoch(draft, context, command, std::vector<MemberId>(channel->members), true);
}

Status decide(Draft& draft, const CommandContext& context, const ReportWrap& command) {
  FLORA_TRY(const auto* channel, find_channel(draft, command.channel));
  if (!has(channel->members, context.author)) return fail(Code::kNotMember, "the author is not a member of the channel");
  const CertificateRecord* certificate = draft.certificates.find(command.certificate);
  if (certificate == nullptr || certificate->purpose != KeyPurpose::kSeal || certificate->member != context.author) {
    return fail(Code::kUnknownCertificate, "the certificate is no seal certificate of the author's member");
  }
  if (command.epoch != channel->epoch) return fail(Code::kEpochWrong, "the epoch is not the present one");
  auto& reported = draft.channels.edit(command.channel).reported;
  const auto at = std::lower_bound(reported.begin(), reported.end(), command.certificate);
  if (at != reported.end() && *at == command.certificate) return fail(Code::kAlreadyExists, "it was reported already");
  reported.insert(at, command.certificate);
  return {};
}

// For a reported wrap, or for a seal certificate registered since the epoch began.
Status decide(Draft& draft, const CommandContext& context, const PublishWrap& command) {
  FLORA_TRY(const auto* channel, find_channel(draft, command.channel));
  if (!has(channel->members, context.author)) return fail(Code::kNotMember, "the author is not a member of the channel");
  const auto recipients = seal_recipients(draft, channel->members, context.block.time);
  const bool known = std::any_of(recipients.begin(), recipients.end(), [&](const SealRecipient& r) {
    return r.x5t == command.wrap.certificate && r.member == command.wrap.member;
  });
  if (!known) return fail(Code::kUnknownCertificate, "the wrap is not for a seal certificate of a member of the channel");
  if (command.wrap.cms.empty() || command.wrap.cms.size() > kWrapBytesMax)
    return fail(Code::kOutOfRange, "a wrap is empty or too long");
  if (command.epoch != channel->epoch) return fail(Code::kEpochWrong, "the epoch is not the present one");
  auto& reported = draft.channels.edit(command.channel).reported;
  reported.erase(std::remove(reported.begin(), reported.end(), command.wrap.certificate), reported.end());
  auto& wraps = draft.epochs.edit({command.channel, command.epoch}).wraps;
  const auto at = std::lower_bound(wraps.begin(), wraps.end(), command.wrap.certificate,
                                   [](const Wrap& w, const Hash& x5t) { return w.certificate < x5t; });
  if (at != wraps.end() && at->certificate == command.wrap.certificate) {
    *at = command.wrap;
  } else {
    wraps.insert(at, command.wrap);
  }
  return {};
}

// --- proposals

// Who decides about a proposal, and how many of them are needed: everybody concerned before the change. Whoever is to be removed
// counts too, or one of two members could put the other out.
struct Electorate {
  std::vector<MemberId> voters;
  std::size_t needed = 1;
};

Result<Electorate> channel_electorate(const Draft& draft, const ChannelId& id) {
  FLORA_TRY(const auto* channel, find_channel(draft, id));
  return Electorate{channel->members, channel->policy.admit.of(channel->members.size())};
}

struct ElectorateOf {
  const Draft& draft;
  Result<Electorate> operator()(const JoinChannel& p) const { return channel_electorate(draft, p.channel); }
  Result<Electorate> operator()(const LeaveChannel& p) const { return channel_electorate(draft, p.channel); }
  template <class Other>
  Result<Electorate> operator()(const Other&) const {
    std::vector<MemberId> members = standing_members(draft);
    const std::size_t needed = draft.policy->of(members.size());
    return Electorate{std::move(members), needed};
  }
};

// What a proposal does when its quorum is complete. Judged anew then: the state may have moved since it was made.
struct Effect {
  Draft& draft;
  const CommandContext& context;

  Status operator()(const JoinChannel& p) const {
    FLORA_TRY(const auto* channel, find_channel(draft, p.channel));
    if (!in_standing(draft, p.member)) return fail(Code::kUnknownMember, "the member is not in the federation");
    if (has(channel->members, p.member)) return fail(Code::kAlreadyExists, "the member is in the channel already");
    std::vector<MemberId> members = channel->members;
    insert(members, p.member);
    if (p.epoch.channel != p.channel) return fail(Code::kUnknownChannel, "the epoch is of another channel");
    return begin_epoch(draft, context, p.epoch, members, false);
  }
  Status operator()(const LeaveChannel& p) const {
    FLORA_TRY(const auto* channel, find_channel(draft, p.channel));
    if (!has(channel->members, p.member)) return fail(Code::kUnknownMember, "the member is not in the channel");
    std::vector<MemberId> members = channel->members;
    remove(members, p.member);
    if (members.empty()) return fail(Code::kOutOfRange, "no member would be left in the channel");
    if (p.epoch.channel != p.channel) return fail(Code::kUnknownChannel, "the epoch is of another channel");
    return begin_epoch(draft, context, p.epoch, members, false);
  }
  Status operator()(const JoinFederation& p) const { return admit_member(draft, context, p.member); }
  Status operator()(const LeaveFederation& p) const {
    if (!in_standing(draft, p.member)) return fail(Code::kUnknownMember, "the member is not in the federation");
    if (standing_members(draft).size() == 1) return fail(Code::kOutOfRange, "no member would be left");
    draft.members.edit(p.member).standing = false;
    std::vector<ChannelId> channels;
    draft.channels.for_each([&](const ChannelId& id, const ChannelRecord& channel) {
      if (has(channel.members, p.member)) channels.push_back(id);
    });
    for (const ChannelId& id : channels) {
      ChannelRecord& channel = draft.channels.edit(id);
      remove(channel.members, p.member);
      channel.needs_epoch = true;
      channel.previous_until.reset();
    }
    return {};
  }
  Status operator()(const ChangeValidators& p) const {
    for (const ValidatorUpdate& update : p.updates) {
      for (const ValidatorUpdate& before : draft.validator_updates) {
        if (before.key == update.key) return fail(Code::kDuplicate, "the validator is changed already in this block");
      }
    }
    ValidatorsRecord& record = draft.validators.edit({});
    FLORA_TRY(record.validators, updated_validators(record.validators, p.updates));
    std::erase_if(record.members, [&](const ValidatorMember& m) {
      return std::none_of(record.validators.begin(), record.validators.end(), [&](const Validator& v) { return v.key == m.key; });
    });
    draft.validator_updates.insert(draft.validator_updates.end(), p.updates.begin(), p.updates.end());
    return {};
  }
  Status operator()(const ActivateRules& p) const {
    RulesRecord& rules = draft.rules.edit({});
    const std::int64_t height = context.block.height;
    if (p.rules_version <= rules.at(height)) return fail(Code::kOutOfRange, "the rules are not newer than those in force");
    if (p.height <= height) return fail(Code::kOutOfRange, "rules begin at a later height");
    rules.version = rules.at(height);
    rules.next = RulesRecord::Next{p.rules_version, p.height};
    return {};
  }
};

// Tries the effect on a draft of its own: a proposal that could not take effect now is refused at once.
Status check_effect(const Draft& draft, const CommandContext& context, const Proposable& what) {
  Draft attempt(&draft);
  return std::visit(Effect{attempt, context}, what);
}

Status complete(Draft& draft, const CommandContext& context, const ProposalId& id) {
  const ProposalRecord proposal = *draft.proposals.find(id);
  FLORA_TRY(const auto electorate, std::visit(ElectorateOf{draft}, proposal.what));
  const auto agreed = std::count_if(proposal.approved.begin(), proposal.approved.end(),
                                    [&](const MemberId& member) { return has(electorate.voters, member); });
  if (static_cast<std::size_t>(agreed) < electorate.needed) return {};
  draft.proposals.erase(id);
  return std::visit(Effect{draft, context}, proposal.what);
}

void drop_lapsed(Draft& draft, Instant time) {
  std::vector<ProposalId> lapsed;
  draft.proposals.for_each([&](const ProposalId& id, const ProposalRecord& record) {
    if (time > record.expires) lapsed.push_back(id);
  });
  for (const ProposalId& id : lapsed) draft.proposals.erase(id);
}

Status decide(Draft& draft, const CommandContext& context, const Propose& command) {
  drop_lapsed(draft, context.block.time);
  FLORA_TRY(const auto electorate, std::visit(ElectorateOf{draft}, command.what));
  if (!has(electorate.voters, context.author)) return fail(Code::kNotMember, "the author has no vote on this");
  FLORA_TRY(check_effect(draft, context, command.what));
  FLORA_TRY(check_room(draft));
  ProposalRecord record;
  record.id = proposal_id(context.envelope_hash, context.index);
  record.author = context.author;
  record.expires = context.block.time.plus_seconds(kProposalSeconds);
  record.approved = {context.author};
  record.what = command.what;
  const ProposalId id = record.id;
  draft.proposals.put(id, std::move(record));
  return complete(draft, context, id);
}

Status decide(Draft& draft, const CommandContext& context, const Ballot& command) {
  drop_lapsed(draft, context.block.time);
  const ProposalRecord* proposal = draft.proposals.find(command.proposal);
  if (proposal == nullptr) return fail(Code::kUnknownReference, "there is no such open proposal");
  FLORA_TRY(const auto electorate, std::visit(ElectorateOf{draft}, proposal->what));
  if (!has(electorate.voters, context.author)) return fail(Code::kNotMember, "the author has no vote on this");
  ProposalRecord& record = draft.proposals.edit(command.proposal);
  if (!command.approve) {
    remove(record.approved, context.author);
    return {};
  }
  insert(record.approved, context.author);
  return complete(draft, context, command.proposal);
}

Status decide(Draft& draft, const CommandContext& context, const CreateChannel& command) {
  return decide_create_channel(draft, context, command);
}
Status decide(Draft& draft, const CommandContext& context, const Register& command) {
  return decide_register(draft, context, command);
}
Status decide(Draft& draft, const CommandContext& context, const PublishCrl& command) {
  return decide_publish_crl(draft, context, command);
}
Status decide(Draft& draft, const CommandContext& context, const Upload& command) {
  return decide_upload(draft, context, command);
}
Status decide(Draft& draft, const CommandContext& context, const RollOver& command) {
  return decide_roll_over(draft, context, command);
}

}  // namespace

Status decide_create_channel(Draft& draft, const CommandContext& context, const CreateChannel& command) {
  if (command.channel == base::kFederationChannel || command.members.empty()) {
    return fail(Code::kOutOfRange, "a channel has an id other than zero, and members");
  }
  if (!context.is_genesis && !has(command.members, context.author)) {
    return fail(Code::kNotMember, "the author is not among the channel's members");
  }
  if (command.epoch.channel != command.channel) return fail(Code::kUnknownChannel, "the epoch is of another channel");
  if (command.epoch.epoch != 1) return fail(Code::kEpochWrong, "a channel begins with epoch 1");
  for (const MemberId& member : command.members) {
    if (!in_standing(draft, member)) return fail(Code::kUnknownMember, "a member of the channel is not in the federation");
  }
  if (draft.channels.contains(command.channel)) return fail(Code::kAlreadyExists, "the channel exists already");
  FLORA_TRY(check_wraps(draft, command.epoch, command.members, context.block.time));
  FLORA_TRY(check_room(draft));
  ChannelRecord record;
  record.id = command.channel;
  record.title = command.title;
  record.members = command.members;
  record.policy = command.policy;
  record.key_commitment = command.epoch.key_commitment;
  record.epoch_since = context.block.time;
  draft.channels.put(command.channel, std::move(record));
  draft.heads.put(command.channel, {first_head(draft.federation->chain_id, command.channel), 0});
  draft.epochs.put({command.channel, 1}, command.epoch);
  return {};
}

Status decide_command(Draft& draft, const CommandContext& context, const FederationCommand& command) {
  return std::visit([&](const auto& c) { return decide(draft, context, c); }, command);
}

}  // namespace flora::ledger
