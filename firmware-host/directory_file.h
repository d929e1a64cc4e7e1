/* The directory file (libconfig syntax): agencies, officers and fields, each a list of groups; tests/fixtures/directory.conf shows one.
 *
 *   agencies = ( { key = "so-xd"; name = "So Xay dung"; name_accented = "Sở Xây dựng"; match = [ "So XD" ]; },
 *                { key = "so-xd-gt"; kind = "unit"; parent = "so-xd"; name = "Phong Giao thong"; }, … );
 *   officers = ( { key = "nv.an"; name = "Nguyễn Văn An"; phone = "0912000101"; role = "intake"; agency = "so-xd"; from = "2026-01-01"; }, … );
 *   fields   = ( { key = "moi-truong"; name = "moi truong"; words = [ "rac", "o nhiem" ]; }, … );
 *
 * Only strings and arrays of strings are in it; @include isn't allowed. Every problem is told, a line each, as directory_check() does. */
#ifndef HOST_DIRECTORY_FILE_H
#define HOST_DIRECTORY_FILE_H

#include "store/directory.h"

enum { DIRECTORY_FILE_MAX = 4 * 1024 * 1024, DIRECTORY_PROBLEMS_MAX = 64 * 1024 };

/* Reads and checks whole. ERR_IO: can't be read; ERR_TOO_LONG; ERR_INVALID: what is wrong with it, all of it, in `problems`. */
MUST_CHECK enum err directory_file_read(const char *path, struct str *problems, struct directory **ret_directory);
/* The same of a file's content; `name` stands in front of problems. */
MUST_CHECK enum err directory_file_parse(const char *text, const char *name, struct str *problems, struct directory **ret_directory);

#endif
