/* Memory that never fails: out of memory aborts (the queue recovers from disk), so no caller checks.
 * Who creates frees; arguments are borrowed. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size); /* zeroed; size 0 gives a pointer that can be freed */
void *mem_array(size_t count, size_t size); /* zeroed; aborts on overflow of count × size */
void *mem_resize(void *old, size_t count, size_t size); /* what is new isn't zeroed; aborts on overflow */
char *mem_string(const char *s); /* a copy; NULL gives NULL */
char *mem_string_n(const char *s, size_t len); /* the first len bytes and a NUL */
void *mem_copy(const void *data, size_t len);
void mem_wipe_free(void *secret, size_t len); /* zeroes before freeing */

#endif
