/* A page of the feed: `{"items": [CloudEvent…], "next": "…", "more": true}`. Whatever an item is, the ones around it count. */
#include "store/central/pull.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Printable ASCII, as the contract wants it; "": isn't. */
static const char *attribute(const struct json *event, const char *key) {
    const char *text = json_text(event, key);
    size_t len = text ? strnlen(text, PULL_ATTRIBUTE_MAX + 1) : 0;
    if (len == 0 || len > PULL_ATTRIBUTE_MAX)
        return "";
    for (const char *at = text; *at; at++)
        if (*at < '!' || *at > '~')
            return "";
    return text;
}

static const char *problem_of(const struct pull_item *item) {
    const char *version = json_text(item->whole, "specversion");
    if (!json_value_is_object(item->whole))
        return "an item of the feed is no object";
    if (!version || strcmp(version, "1.0") != 0)
        return "specversion isn't 1.0";
    if (!*item->id || !*item->source || !*item->type)
        return "id, source or type is missing, too long or not printable ASCII";
    return item->data ? NULL : "data is no object";
}

struct pull_item pull_item_of(const struct json *event) {
    const struct json *data = json_get(event, "data");
    const char *subject = attribute(event, "subject"), *time = json_text(event, "time");
    struct pull_item item = {.id = attribute(event, "id"),
                             .source = attribute(event, "source"),
                             .type = attribute(event, "type"),
                             .subject = *subject ? subject : NULL,
                             .time = -1,
                             .data = json_value_is_object(data) ? data : NULL,
                             .whole = event};
    if (time && clock_parse_iso(time, &item.time) != ERR_OK)
        item.time = -1;
    item.problem = problem_of(&item);
    return item;
}

static const char *wrong_with(const struct json *document, const struct json *items, const char *next) {
    bool more;
    if (!json_value_is_array(items))
        return "the feed's answer has no list of items";
    if (json_count(items) > PULL_PAGE_MAX)
        return "the feed's answer has many more items than were asked for";
    if (!next || !feed_cursor_valid(next))
        return "the feed's next is no cursor";
    return json_bool(document, "more", &more) ? NULL : "the feed's more is neither true nor false";
}

enum err pull_page_read(struct bytes body, struct str *problem, struct pull_page *ret_page) {
    struct pull_page page = {.count = 0};
    if (json_parse((const char *)body.data, body.len, &page.document) != ERR_OK) {
        str_add(problem, "the feed's answer is no JSON");
        return ERR_INVALID;
    }
    const struct json *items = json_get(page.document, "items");
    const char *next = json_text(page.document, "next"), *wrong = wrong_with(page.document, items, next);
    if (wrong || str_copy(page.next, sizeof page.next, next) != ERR_OK) {
        str_add(problem, wrong ? wrong : "the feed's next is no cursor");
        json_free(page.document);
        return ERR_INVALID;
    }
    (void)json_bool(page.document, "more", &page.more);
    page.count = json_count(items);
    page.items = mem_alloc((page.count + 1) * sizeof *page.items);
    for (size_t i = 0; i < page.count; i++)
        page.items[i] = pull_item_of(json_at(items, i));
    *ret_page = page;
    return ERR_OK;
}

void pull_page_release(struct pull_page *page) {
    free(page->items);
    json_free(page->document);
    *page = (struct pull_page){.count = 0};
}
