// SPDX-License-Identifier: EUPL-1.2
// The handlers behind the route table, by file. Each is called on a worker thread, may block on the store (never on the
// network) and calls `respond` exactly once, now or later.
#pragma once
#include "http/router.hpp"

namespace flora::http {

#define FLORA_HTTP_HANDLER(name) void name(Api& api, Request request, Respond respond)

// routes_session.cpp
FLORA_HTTP_HANDLER(post_session);
FLORA_HTTP_HANDLER(get_session);
FLORA_HTTP_HANDLER(delete_session);
FLORA_HTTP_HANDLER(get_demo_users);
// routes_package.cpp
FLORA_HTTP_HANDLER(get_package);
// routes_views.cpp
FLORA_HTTP_HANDLER(get_views);
FLORA_HTTP_HANDLER(get_view);
FLORA_HTTP_HANDLER(get_next);
FLORA_HTTP_HANDLER(get_findings);
// routes_cases.cpp
FLORA_HTTP_HANDLER(get_case);
FLORA_HTTP_HANDLER(get_why);
FLORA_HTTP_HANDLER(get_search);
FLORA_HTTP_HANDLER(get_events);
// routes_write.cpp
FLORA_HTTP_HANDLER(post_facts);
FLORA_HTTP_HANDLER(post_acts);
FLORA_HTTP_HANDLER(post_cancel);
// routes_persons.cpp
FLORA_HTTP_HANDLER(post_persons);
FLORA_HTTP_HANDLER(get_persons);
FLORA_HTTP_HANDLER(get_group);
// routes_node.cpp
FLORA_HTTP_HANDLER(get_receipt);
FLORA_HTTP_HANDLER(get_status);
FLORA_HTTP_HANDLER(get_stream);
FLORA_HTTP_HANDLER(get_openapi);
FLORA_HTTP_HANDLER(get_docs);
FLORA_HTTP_HANDLER(get_health);
FLORA_HTTP_HANDLER(get_ready);
FLORA_HTTP_HANDLER(get_metrics);
FLORA_HTTP_HANDLER(post_clock);

#undef FLORA_HTTP_HANDLER

}  // namespace flora::http
