/* What a typed directory means, piece by piece: shared by its check and its import. Inside store/ only. */
#ifndef STORE_DIRECTORY_TYPED_H
#define STORE_DIRECTORY_TYPED_H

#include "store/directory.h"

enum agency_kind directory_kind(const struct directory_agency *a); /* not typed: an agency. AGENCY_KIND_COUNT: no such kind */
enum case_role directory_role(const struct directory_officer *o); /* ROLE_COUNT: no such role of officers */
bool directory_day(const struct directory_text *typed, int32_t *ret_day); /* not typed: 0. false: no day */
bool directory_phone(const struct directory_text *typed, struct phone *ret_phone); /* not typed: PHONE_NONE. false: no number */
const struct directory_agency *directory_agency(const struct directory *d, const char *key); /* NULL: none has that key */

#endif
