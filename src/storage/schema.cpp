// SPDX-License-Identifier: EUPL-1.2
#include "storage/schema.hpp"

#include <fmt/format.h>

#include <array>

namespace flora::storage {

using base::Batch;
using base::Code;
using base::Status;
using base::Table;

namespace {

constexpr std::string_view kSchemaKey = "schema";

// One step from the version it is listed for to the next. The step writes its changes to `out`; the number is added here.
struct Migration {
  std::uint64_t from;
  Status (*run)(const base::TableReader& tables, Batch& out);
};
// Version 1 is the first that was published, so there is nothing to migrate from yet.
constexpr std::array<Migration, 0> kMigrations{};

void put_version(Batch& batch, std::uint64_t version) {
  batch.put(Table::kMeta, base::as_bytes(kSchemaKey), base::be64(version));
}

bool is_empty(const base::TableReader& tables) {
  bool empty = true;
  for (std::size_t t = 0; t < base::kTableCount && empty; ++t) {
    tables.scan(static_cast<Table>(t), {}, {}, [&](base::ByteView, base::ByteView) { return empty = false; });
  }
  return empty;
}

}  // namespace

Status check_schema(base::Tables& tables) {
  auto stored = tables.get(Table::kMeta, base::as_bytes(kSchemaKey));
  if (!stored) {
    if (!is_empty(tables)) return base::fail(Code::kCorrupt, "the tables have contents but no schema version");
    Batch batch;
    put_version(batch, kSchemaVersion);
    return tables.commit(batch);
  }
  if (stored->size() != 8) return base::fail(Code::kCorrupt, "the schema version cannot be read");
  std::uint64_t version = base::read_be64(*stored);
  if (version > kSchemaVersion) {
    return base::fail(Code::kSchemaNewer,
                      fmt::format("the home has schema {}, this program knows up to {}", version, kSchemaVersion));
  }
  while (version < kSchemaVersion) {
    const Migration* step = nullptr;
    for (const auto& migration : kMigrations) {
      if (migration.from == version) step = &migration;
    }
    if (step == nullptr) {
      return base::fail(Code::kSchemaOlder,
                        fmt::format("the home has schema {}, this program reads {}; export its journal with the program that "
                                    "wrote it and import it into a new home",
                                    version, kSchemaVersion));
    }
    Batch batch;
    FLORA_TRY(step->run(tables, batch));
    put_version(batch, ++version);
    FLORA_TRY(tables.commit(batch));
  }
  return {};
}

}  // namespace flora::storage
