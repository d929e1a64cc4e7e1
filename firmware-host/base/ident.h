/* Identifiers: UUID version 7 (RFC 9562 §5.7), sortable by time, monotonic within one process and millisecond. */
#ifndef BASE_IDENT_H
#define BASE_IDENT_H

#include <stdint.h>

#define UUID_TEXT_SIZE 37
void uuid7(int64_t wall_ms, char out[UUID_TEXT_SIZE]);

#endif
