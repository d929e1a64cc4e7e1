/* What an answer says to people. */
#ifndef CENTRAL_PROBLEM_H
#define CENTRAL_PROBLEM_H

#include "store/central/http.h"

/* "HTTP 422: an id that stands with other content (…)", of problem details (RFC 9457) or CouchDB's error and reason if that's what came; without an
 * answer why there's none. */
void problem_explain(const struct http_answer *answer, struct str *to);

#endif
