// SPDX-License-Identifier: EUPL-1.2
// The shapes of the API's bodies as JSON Schema 2020-12 (which OpenAPI 3.1 uses): one table, name -> schema text.
#include "http/schemas.hpp"

#include <map>
#include <span>

#include "base/check.hpp"

namespace flora::http {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

// Small things that the others are made of.
constexpr Entry kParts[] = {
    {"Text", R"({"type":"object","description":"The same text in several languages.","required":["de"],
      "properties":{"de":{"type":"string"},"en":{"type":"string"},"plain":{"type":"string","description":"plain German"}}})"},
    {"CaseId", R"({"type":"string","pattern":"^[0-9a-hjkmnp-tv-z]{26}$","description":"Random pseudonym of a case."})"},
    {"FactId", R"({"type":"string","pattern":"^[0-9a-hjkmnp-tv-z]{26}$","description":"Names a fact for ever."})"},
    {"Level", R"({"type":"string","enum":["none","hint","attention","critical","refuse"]})"},
    {"Height", R"({"type":"integer","minimum":0,"description":"Height of the ledger."})"},
    {"Time", R"({"type":"string","format":"date-time","description":"RFC 3339, UTC."})"},
    {"Due", R"({"type":["string","null"],"description":"Local end of a term, `2021-04-09T24:00`; null without a limit."})"},
    {"Error", R"({"type":"object","required":["code","name","detail"],
      "properties":{"code":{"type":"integer"},"name":{"type":"string"},"detail":{"type":"string"}}})"},
    {"Problem", R"({"type":"object","description":"RFC 9457. `safe` says what state things are in, `todo` what helps.",
      "required":["type","title","status","code","name","safe","todo","trace"],
      "properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},
      "code":{"type":"integer","description":"Number of docs/reference/errors.md."},"name":{"type":"string"},
      "detail":{"type":"string"},"safe":{"type":"string"},"todo":{"type":"string"},
      "trace":{"type":"string","description":"Reference number; stands in the node's log."},
      "pointer":{"type":"string","description":"JSON Pointer to the place in the request, where there is one."}}})"},
    {"Person", R"({"type":"object","description":"From the reader's own vault; never on the ledger.",
      "required":["family_name","given_names"],
      "properties":{"family_name":{"type":"string"},"given_names":{"type":"string"},
      "birth_date":{"type":["string","null"],"format":"date"},"nationality":{"type":["string","null"]},
      "file_number":{"type":["string","null"]},"group":{"type":["string","null"],"description":"Token of the family or group."}}})"},
    {"Missing", R"({"type":"object","required":["step","by"],"properties":{"step":{"type":"string"},
      "by":{"type":"array","items":{"type":"string"},"description":"Agencies that owe it."}}})"},
    {"Blocked", R"({"type":"object","description":"Owed, but something is missing first.","required":["step","missing"],
      "properties":{"step":{"type":"string"},"missing":{"type":"array","items":{"$ref":"#/components/schemas/Missing"}}}})"},
    {"Duty",
     R"({"type":"object","required":["rule","step","by","to","due","overdue","cue"],"properties":{"rule":{"type":"string"},
      "step":{"type":"string"},"by":{"type":"array","items":{"type":"string"}},"to":{"type":["string","null"]},
      "due":{"$ref":"#/components/schemas/Due"},"overdue":{"type":"boolean"},
      "cue":{"type":"boolean","description":"Nothing obstructs it."}}})"},
    {"FindingKey", R"({"type":"object","required":["rule","step","fact"],"additionalProperties":false,
      "properties":{"rule":{"type":"string"},"step":{"type":"string"},"fact":{"$ref":"#/components/schemas/FactId"}}})"},
    {"Finding", R"({"type":"object","required":["rule","step","fact","stage","level","state","opened","to"],
      "properties":{"rule":{"type":"string"},"step":{"type":"string"},"fact":{"$ref":"#/components/schemas/FactId"},
      "stage":{"type":["string","null"],"enum":[null,"due","grace"]},"level":{"$ref":"#/components/schemas/Level"},
      "state":{"type":"string","enum":["open","acknowledged","healed","justified","withdrawn","closed"]},
      "opened":{"$ref":"#/components/schemas/Time"},"to":{"type":"array","items":{"type":"string"}}}})"},
    {"Fact", R"({"type":"object","required":["fact","step","by","at","entered","data","clock"],
      "properties":{"fact":{"$ref":"#/components/schemas/FactId"},"step":{"type":"string"},
      "by":{"type":["string","null"],"description":"Role; null for a fact of the clock."},"agency":{"type":["string","null"]},
      "at":{"$ref":"#/components/schemas/Time"},"entered":{"$ref":"#/components/schemas/Time"},
      "data":{"type":"object","additionalProperties":true},"clock":{"type":"boolean"},
      "struck":{"type":"boolean","description":"A fact of the clock that a late fact made void."},
      "repeated":{"type":"boolean","description":"A repeated `once` step: kept, without effect."},
      "withheld":{"type":"integer","description":"Fields that the reader's agency may not read."},
      "actor":{"type":["string","null"],"description":"Pseudonym of the person in this case."},
      "height":{"$ref":"#/components/schemas/Height"},
      "index":{"type":"integer","description":"Command in its envelope, from 0."},
      "receipt":{"type":["string","null"],"description":"Id of the receipt of its envelope; null for the clock."}}})"},
    {"FindingLife",
     R"({"type":"object","required":["at","change","level"],"properties":{"at":{"$ref":"#/components/schemas/Time"},
      "change":{"type":"string"},"level":{"$ref":"#/components/schemas/Level"},"reason":{"type":["string","null"]},
      "by":{"type":["string","null"],"description":"Role of who acted."}}})"},
    {"CaseFinding",
     R"({"description":"A finding with its life and the facts it was graded on.","allOf":[{"$ref":"#/components/schemas/Finding"},
      {"type":"object","required":["life","facts"],"properties":{"life":{"type":"array","items":{"$ref":"#/components/schemas/FindingLife"}},
      "facts":{"type":"array","items":{"$ref":"#/components/schemas/FactId"}}}}]})"},
};

constexpr Entry kChanges[] = {
    {"FindingChange", R"({"type":"object","required":["rule","step","fact","stage","level","change","to"],
      "properties":{"rule":{"type":"string"},"step":{"type":"string"},"fact":{"$ref":"#/components/schemas/FactId"},
      "stage":{"type":["string","null"],"enum":[null,"due","grace"]},"level":{"$ref":"#/components/schemas/Level"},
      "change":{"type":"string","enum":["opened","acknowledged","healed","justified","withdrawn","escalated","closed"]},
      "to":{"type":"array","items":{"type":"string"}}}})"},
    {"Note", R"({"type":"object","required":["rule","to"],"properties":{"rule":{"type":"string"},
      "to":{"type":"array","items":{"type":"string"}}}})"},
    {"DutyChange", R"({"type":"object","required":["rule","step","change","by","to","due"],"properties":{
      "rule":{"type":"string"},"step":{"type":"string"},
      "change":{"type":"string","enum":["owed","renewed","warned","done","cancelled","released","overdue","escalated"]},
      "by":{"type":"array","items":{"type":"string"}},"to":{"type":["string","null"]},
      "due":{"$ref":"#/components/schemas/Due"}}})"},
    {"Cues", R"({"type":"object","description":"Agency -> steps to go on with.",
      "additionalProperties":{"type":"array","items":{"type":"string"}}})"},
    {"WriteResult", R"({"type":"object","required":["n","outcome"],"properties":{
      "n":{"type":"integer","description":"Position in the request, from 1."},
      "case":{"$ref":"#/components/schemas/CaseId"},"fact":{"$ref":"#/components/schemas/FactId"},
      "outcome":{"type":"string","enum":["accepted","refused"]},"error":{"$ref":"#/components/schemas/Error"},
      "findings":{"type":"array","items":{"$ref":"#/components/schemas/FindingChange"}},
      "notes":{"type":"array","items":{"$ref":"#/components/schemas/Note"}},
      "duties":{"type":"array","items":{"$ref":"#/components/schemas/DutyChange"}},
      "cues":{"$ref":"#/components/schemas/Cues"}}})"},
    {"Acknowledgement", R"({"type":"object","description":"Given after the durable commit. `receipt` names the proof.",
      "required":["receipt","height","position","ledger_time"],"properties":{"receipt":{"type":"string"},
      "height":{"$ref":"#/components/schemas/Height"},"position":{"type":"integer"},
      "ledger_time":{"$ref":"#/components/schemas/Time"}}})"},
    {"WriteAnswer",
     R"({"type":"object","description":"One result per command, in order. `acknowledgement` is null for a preview, and when every command was refused before it was sent.",
      "required":["preview","acknowledgement","height","accepted","refused","results"],"properties":{
      "preview":{"type":"boolean"},"acknowledgement":{"oneOf":[{"$ref":"#/components/schemas/Acknowledgement"},{"type":"null"}]},
      "height":{"$ref":"#/components/schemas/Height"},"accepted":{"type":"integer"},"refused":{"type":"integer"},
      "results":{"type":"array","items":{"$ref":"#/components/schemas/WriteResult"}}}})"},
    {"FactsRequest", R"({"type":"object","required":["facts"],"additionalProperties":false,"properties":{"facts":{"type":"array",
      "minItems":1,"maxItems":1000,"items":{"type":"object","required":["step"],"additionalProperties":false,"properties":{
      "case":{"$ref":"#/components/schemas/CaseId"},
      "new_case":{"type":"boolean","description":"Opens a case under a fresh pseudonym, given in the result."},
      "step":{"type":"string"},"at":{"type":"string","format":"date-time","description":"When it happened; omitted: now, in ledger time."},
      "by":{"type":"string","description":"Role, if the caller holds several; default its first."},
      "data":{"type":"object","additionalProperties":true}}}}}})"},
    {"ActsRequest", R"({"type":"object","required":["acts"],"additionalProperties":false,"properties":{"acts":{"type":"array",
      "minItems":1,"maxItems":1000,"items":{"type":"object","required":["case","finding","do"],"additionalProperties":false,
      "properties":{"case":{"$ref":"#/components/schemas/CaseId"},"finding":{"$ref":"#/components/schemas/FindingKey"},
      "do":{"type":"string","enum":["acknowledge","justify","close"]},"by":{"type":"string"},
      "reason":{"type":"string","pattern":"^[a-z0-9_]{1,64}$","description":"Code; needed to justify and to close."}}}}}})"},
    {"CancelRequest", R"({"type":"object","required":["reason"],"additionalProperties":false,"properties":{
      "reason":{"type":"string","pattern":"^[a-z0-9_]{1,64}$","description":"Code."},"by":{"type":"string"}}})"},
    {"PersonsRequest",
     R"({"type":"object","required":["persons"],"additionalProperties":false,"properties":{"persons":{"type":"array",
      "minItems":1,"maxItems":1000,"items":{"type":"object","required":["family_name","given_names"],"additionalProperties":false,
      "properties":{"case":{"$ref":"#/components/schemas/CaseId"},"family_name":{"type":"string","maxLength":200},
      "given_names":{"type":"string","maxLength":200},"birth_date":{"type":"string","format":"date"},
      "nationality":{"type":"string","maxLength":60},"file_number":{"type":"string","maxLength":60},
      "group":{"type":"string","maxLength":60}}}},
      "share":{"type":"array","items":{"type":"string"},"description":"Agencies that the records are handed over to."}}})"},
    {"PersonsAnswer", R"({"type":"object","required":["persons"],"properties":{"persons":{"type":"array","items":{"type":"object",
      "required":["case"],"properties":{"case":{"$ref":"#/components/schemas/CaseId"}}}}}})"},
};

constexpr Entry kReads[] = {
    {"SignIn", R"({"type":"object","required":["user"],"additionalProperties":false,"properties":{"user":{"type":"string"}}})"},
    {"Session",
     R"({"type":"object","required":["user","display_name","member","agency","role","roles","csrf","demo","system"],"properties":{
      "user":{"type":"string"},"display_name":{"type":"string"},"member":{"type":"string"},"agency":{"type":"string"},
      "role":{"type":"string"},"roles":{"type":"array","items":{"type":"string"}},
      "csrf":{"type":"string","description":"Send it as X-CSRF-Token with every write."},
      "demo":{"type":"boolean"},"system":{"type":"boolean"}}})"},
    {"DemoUsers", R"({"type":"object","required":["member","agency","users"],"properties":{"member":{"type":"string"},
      "agency":{"type":"string"},"agency_title":{"$ref":"#/components/schemas/Text"},
      "users":{"type":"array","items":{"type":"object","required":["user","display_name","role","role_title"],"properties":{
      "user":{"type":"string"},"display_name":{"type":"string"},"role":{"type":"string"},
      "role_title":{"$ref":"#/components/schemas/Text"}}}}}})"},
    {"Field", R"({"type":"object","required":["id","type","required","title"],"properties":{"id":{"type":"string"},
      "type":{"type":"string","enum":["code","date","time","integer","boolean","token"]},
      "list":{"type":"string","description":"Code list, of type code."},"min":{"type":"integer"},"max":{"type":"integer"},
      "required":{"type":"boolean"},"title":{"$ref":"#/components/schemas/Text"}}})"},
    {"Step", R"({"type":"object","required":["id","code","title","owners","via","once","phase","starts","data"],"properties":{
      "id":{"type":"string"},"code":{"type":"string"},"title":{"$ref":"#/components/schemas/Text"},
      "owners":{"type":"array","items":{"type":"string"},"description":"Roles that may record it."},
      "via":{"type":"string","enum":["form","system","clock"]},"once":{"type":"boolean"},"phase":{"type":["string","null"]},
      "starts":{"type":"boolean","description":"May open a case."},
      "data":{"type":"array","items":{"$ref":"#/components/schemas/Field"}}}})"},
    {"Rule", R"({"type":"object","required":["id","number","kind","level","sentence","basis","sources","targets"],"properties":{
      "id":{"type":"string"},"number":{"type":"string","description":"As practitioners cite it."},"kind":{"type":"string"},
      "level":{"$ref":"#/components/schemas/Level"},"sentence":{"$ref":"#/components/schemas/Text"},
      "basis":{"type":"object","description":"Legal basis; empty where the package names none.","additionalProperties":{"type":"string"}},
      "sources":{"type":"array","items":{"type":"string"}},
      "targets":{"type":"array","items":{"type":"string"}}}})"},
    {"Column", R"({"type":"object","required":["id","kind","title","sortable","filterable"],"properties":{"id":{"type":"string"},
      "kind":{"type":"string","enum":["name","birth_date","nationality","file_number","group","field","at","count","due","missing","status","since","level","next"]},
      "step":{"type":"string"},"field":{"type":"string"},"title":{"$ref":"#/components/schemas/Text"},
      "sortable":{"type":"boolean"},"filterable":{"type":"boolean","description":"By `filter.ID`, also as FROM..TO for numbers, days and times."}}})"},
    {"View", R"({"type":"object","required":["id","title","agency","kind","roles","columns","sort","new_cases"],"properties":{
      "id":{"type":"string"},"title":{"$ref":"#/components/schemas/Text"},"agency":{"type":"string"},
      "kind":{"type":"string","enum":["read","write"]},"roles":{"type":"array","items":{"type":"string"}},
      "columns":{"type":"array","items":{"$ref":"#/components/schemas/Column"}},
      "sort":{"type":"string","description":"Column id, with a leading - for descending."},
      "step":{"type":"string","description":"What a write view records."},
      "new_cases":{"type":"boolean"},"help":{"$ref":"#/components/schemas/Text"}}})"},
    {"Package",
     R"({"type":"object","required":["id","version","hash","title","agencies","roles","phases","steps","codes","views","rules","texts"],"properties":{
      "id":{"type":"string"},"version":{"type":"string"},"hash":{"type":"string","description":"SHA-256 of the canonical form."},
      "title":{"$ref":"#/components/schemas/Text"},
      "agencies":{"type":"array","items":{"type":"object","required":["id","title","short"],"properties":{"id":{"type":"string"},
        "title":{"$ref":"#/components/schemas/Text"},"short":{"$ref":"#/components/schemas/Text"}}}},
      "roles":{"type":"array","items":{"type":"object","required":["id","agency","title","system"],"properties":{"id":{"type":"string"},
        "agency":{"type":"string"},"title":{"$ref":"#/components/schemas/Text"},"system":{"type":"boolean"}}}},
      "phases":{"type":"array","items":{"type":"object","required":["id","title"],"properties":{"id":{"type":"string"},
        "title":{"$ref":"#/components/schemas/Text"}}}},
      "steps":{"type":"array","items":{"$ref":"#/components/schemas/Step"}},
      "codes":{"type":"object","description":"List id -> codes in order.","additionalProperties":{"type":"array","items":{"type":"object",
        "required":["id","title"],"properties":{"id":{"type":"string"},"title":{"$ref":"#/components/schemas/Text"}}}}},
      "views":{"type":"array","items":{"$ref":"#/components/schemas/View"}},
      "rules":{"type":"array","items":{"$ref":"#/components/schemas/Rule"}},
      "texts":{"type":"object","additionalProperties":{"$ref":"#/components/schemas/Text"}}}})"},
    {"ViewCounts",
     R"({"type":"object","required":["height","ledger_time","views"],"properties":{"height":{"$ref":"#/components/schemas/Height"},"ledger_time":{"$ref":"#/components/schemas/Time"},
      "views":{"type":"array","items":{"type":"object","required":["id","title","kind","count"],"properties":{"id":{"type":"string"},
      "title":{"$ref":"#/components/schemas/Text"},"kind":{"type":"string","enum":["read","write"]},
      "count":{"type":"integer"}}}}}})"},
    {"Row", R"({"type":"object","required":["case","person","cells","level","cues"],"properties":{
      "case":{"$ref":"#/components/schemas/CaseId"},"person":{"oneOf":[{"$ref":"#/components/schemas/Person"},{"type":"null"}]},
      "cells":{"type":"object","additionalProperties":true,
      "description":"Column id -> value by the column's kind: text or null (vault columns, status = step id), field value, RFC 3339 (at), integer (count), Due, Missing[] (missing), {workdays, since} (since), Level, step ids (next)."},
      "level":{"$ref":"#/components/schemas/Level"},
      "cues":{"type":"array","items":{"type":"string"},"description":"Steps the reader's agency can go on with."}}})"},
    {"ViewPage",
     R"({"type":"object","required":["view","height","ledger_time","rows","next","total"],"properties":{"view":{"type":"string"},
      "height":{"$ref":"#/components/schemas/Height"},"ledger_time":{"$ref":"#/components/schemas/Time"},
      "rows":{"type":"array","items":{"$ref":"#/components/schemas/Row"}},
      "next":{"type":["string","null"],"description":"Cursor of the next page; a filtered page may hold fewer rows than asked for and still have one."},
      "total":{"type":"integer","description":"All rows of the view, without filters."}}})"},
    {"CaseDetail",
     R"({"type":"object","required":["case","person","package","height","ledger_time","opened","finished","cancelled","level","facts","duties","findings","cues","blocked","phases","offers"],"properties":{
      "case":{"$ref":"#/components/schemas/CaseId"},"person":{"oneOf":[{"$ref":"#/components/schemas/Person"},{"type":"null"}]},
      "package":{"type":"string","description":"Hash of the package version the case is pinned to."},
      "height":{"$ref":"#/components/schemas/Height"},"ledger_time":{"$ref":"#/components/schemas/Time"},
      "opened":{"$ref":"#/components/schemas/Time"},"finished":{"type":"boolean"},"cancelled":{"type":"boolean"},"level":{"$ref":"#/components/schemas/Level"},
      "facts":{"type":"array","items":{"$ref":"#/components/schemas/Fact"},"description":"In order of entry."},
      "duties":{"type":"array","items":{"$ref":"#/components/schemas/Duty"}},
      "findings":{"type":"array","items":{"$ref":"#/components/schemas/CaseFinding"},"description":"Those that are not over first, critical first."},
      "cues":{"$ref":"#/components/schemas/Cues"},"blocked":{"type":"array","items":{"$ref":"#/components/schemas/Blocked"}},
      "phases":{"type":"array","items":{"type":"object","required":["phase","closed"],"properties":{"phase":{"type":"string"},"closed":{"type":"boolean"}}}},
      "offers":{"type":"array","description":"Steps that the caller's role may record now.","items":{"type":"object","required":["step","view","cue"],
      "properties":{"step":{"type":"string"},"view":{"type":["string","null"],"description":"Write view to record it from."},"cue":{"type":"boolean"}}}}}})"},
    {"Why",
     R"({"type":"object","description":"The reason of a finding, a duty or a cue.","required":["height","ledger_time","reasons"],"properties":{"height":{"$ref":"#/components/schemas/Height"},"ledger_time":{"$ref":"#/components/schemas/Time"},
      "reasons":{"type":"array","items":{"type":"object","required":["rule","number","sentence","basis","level","facts","missing"],"properties":{
      "rule":{"type":"string"},"number":{"type":"string"},"sentence":{"$ref":"#/components/schemas/Text"},
      "basis":{"type":"object","additionalProperties":{"type":"string"}},"level":{"$ref":"#/components/schemas/Level"},
      "facts":{"type":"array","items":{"$ref":"#/components/schemas/Fact"}},
      "missing":{"type":"array","items":{"$ref":"#/components/schemas/Missing"}}}}}}})"},
    {"CaseSummary", R"({"type":"object","required":["case","person","status","since","level","cues","finished"],"properties":{
      "case":{"$ref":"#/components/schemas/CaseId"},"person":{"oneOf":[{"$ref":"#/components/schemas/Person"},{"type":"null"}]},
      "status":{"type":["string","null"],"description":"Last recorded step; null if the ledger does not know the case yet."},
      "since":{"type":["string","null"],"format":"date-time"},"level":{"$ref":"#/components/schemas/Level"},
      "cues":{"type":"array","items":{"type":"string"}},"finished":{"type":"boolean"}}})"},
    {"SearchAnswer",
     R"({"type":"object","required":["height","ledger_time","results"],"properties":{"height":{"$ref":"#/components/schemas/Height"},"ledger_time":{"$ref":"#/components/schemas/Time"},
      "results":{"type":"array","items":{"$ref":"#/components/schemas/CaseSummary"}}}})"},
    {"NextSteps",
     R"({"type":"object","required":["height","ledger_time","steps","next","total"],"properties":{"height":{"$ref":"#/components/schemas/Height"},"ledger_time":{"$ref":"#/components/schemas/Time"},
      "steps":{"type":"array","items":{"type":"object","required":["case","person","step","due","overdue"],"properties":{
      "case":{"$ref":"#/components/schemas/CaseId"},"person":{"oneOf":[{"$ref":"#/components/schemas/Person"},{"type":"null"}]},
      "step":{"type":"string"},"due":{"$ref":"#/components/schemas/Due"},"overdue":{"type":"boolean"},
      "write_view":{"type":["string","null"],"description":"View of the caller's role that records the step."}}}},
      "next":{"type":["string","null"]},"total":{"type":"integer"}}})"},
    {"Inbox",
     R"({"type":"object","required":["height","ledger_time","findings","next","counts"],"properties":{"height":{"$ref":"#/components/schemas/Height"},"ledger_time":{"$ref":"#/components/schemas/Time"},
      "findings":{"type":"array","items":{"type":"object","required":["case","person","finding"],"properties":{
      "case":{"$ref":"#/components/schemas/CaseId"},"person":{"oneOf":[{"$ref":"#/components/schemas/Person"},{"type":"null"}]},
      "finding":{"$ref":"#/components/schemas/Finding"}}}},
      "next":{"type":["string","null"]},
      "counts":{"type":"object","description":"Open and not acknowledged.","required":["critical","attention","hint"],"properties":{
      "critical":{"type":"integer"},"attention":{"type":"integer"},"hint":{"type":"integer"}}}}})"},
    {"EventsPage",
     R"({"type":"object","required":["height","ledger_time","events","next"],"properties":{"height":{"$ref":"#/components/schemas/Height"},"ledger_time":{"$ref":"#/components/schemas/Time"},
      "events":{"type":"array","items":{"type":"object","required":["height","case","fact","findings"],"properties":{
      "height":{"$ref":"#/components/schemas/Height"},"case":{"$ref":"#/components/schemas/CaseId"},
      "fact":{"$ref":"#/components/schemas/Fact"},
      "findings":{"type":"array","items":{"$ref":"#/components/schemas/FindingChange"},"description":"Caused by it, for the caller's agency."}}}},
      "next":{"type":"string","description":"Send it as `cursor` to go on; also at the end, to ask again later."}}})"},
    {"PersonList", R"({"type":"object","required":["persons"],"properties":{"persons":{"type":"array","items":{"type":"object",
      "required":["case","person"],"properties":{"case":{"$ref":"#/components/schemas/CaseId"},
      "person":{"$ref":"#/components/schemas/Person"}}}}}})"},
    {"Group", R"({"type":"object","required":["group","height","ledger_time","cases"],"properties":{"group":{"type":"string"},
      "height":{"$ref":"#/components/schemas/Height"},"ledger_time":{"$ref":"#/components/schemas/Time"},
      "cases":{"type":"array","items":{"$ref":"#/components/schemas/CaseSummary"}}}})"},
    {"Receipt",
     R"({"type":"object","description":"The receipt for reading; the proof itself is application/cose.","additionalProperties":true})"},
    {"NodeStatus",
     R"({"type":"object","required":["height","ledger_time","age_ms","writable","why_not_writable","ready","queue","demo","build","chain"],"properties":{
      "height":{"$ref":"#/components/schemas/Height"},"ledger_time":{"$ref":"#/components/schemas/Time"},
      "age_ms":{"type":"integer","description":"Since the last block."},"writable":{"type":"boolean"},
      "why_not_writable":{"type":["string","null"]},"ready":{"type":"boolean"},"queue":{"type":"integer","description":"Envelopes that wait for a block."},"demo":{"type":"boolean"},"build":{"type":"string"},"chain":{"type":"string"}}})"},
    {"ClockRequest",
     R"({"type":"object","required":["to"],"additionalProperties":false,"properties":{"to":{"$ref":"#/components/schemas/Time"},"run":{"type":"boolean","default":false,"description":"From there on time runs as fast as real time."}}})"},
    {"StreamEvent",
     R"({"type":"object","description":"Data of `event: change`. `event: hello` and `event: reset` (fetch anew) carry height and ledger_time alone.",
      "required":["height","ledger_time"],"properties":{"height":{"$ref":"#/components/schemas/Height"},
      "ledger_time":{"$ref":"#/components/schemas/Time"},
      "views":{"type":"array","items":{"type":"string"},"description":"Views of the reader's role that changed."},
      "cases":{"type":"array","items":{"type":"object","required":["case","findings","notes","cues"],"properties":{"case":{"$ref":"#/components/schemas/CaseId"},
      "findings":{"type":"array","items":{"$ref":"#/components/schemas/FindingChange"}},
      "notes":{"type":"array","items":{"$ref":"#/components/schemas/Note"}},
      "cues":{"type":"array","items":{"type":"string"},"description":"New cues of the reader's agency."}}}}}})"},
};

std::map<std::string_view, base::Json> parse_all() {
  std::map<std::string_view, base::Json> all;
  auto add = [&all](std::span<const Entry> entries) {
    for (const auto& [name, text] : entries) {
      auto parsed = base::parse_json(text);
      FLORA_CHECK(parsed.has_value(), name);
      all.emplace(name, *std::move(parsed));
    }
  };
  add(kParts);
  add(kChanges);
  add(kReads);
  return all;
}

const std::map<std::string_view, base::Json>& table() {
  static const std::map<std::string_view, base::Json> all = parse_all();
  return all;
}

}  // namespace

const std::map<std::string_view, base::Json>& schemas() { return table(); }

const base::Json& schema(std::string_view name) {
  const auto found = table().find(name);
  FLORA_CHECK(found != table().end(), name);
  return found->second;
}

}  // namespace flora::http
