/* Phrases of whole words in what citizens write, as tables: what each suggests, and when it counts. A word with accents must have the phrase's: chảy
 * (to flow) is no cháy (fire), thuê (to rent) no thuế (tax). Without accents many words are several, so each row says when its plain form counts. */
#ifndef SMSC_PHRASES_H
#define SMSC_PHRASES_H

#include <stddef.h>

enum plain_form {
    PLAIN_COUNTS, /* means nothing else */
    PLAIN_IN_PLAIN_TEXT, /* in a text that has no accents at all, or at its beginning; not with the words of `unless_…` */
    PLAIN_NEVER, /* means something else more often */
};

struct phrase {
    const char *folded;
    const char *accented;
    int suggests; /* a bit */
    enum plain_form plain;
    const char
        *unless_before; /* words that make something else of it when they are one of the three in front: nước chảy nhà, cây to cao; NULL: none */
    const char *unless_behind; /* … when they come next: tiền thuê nhà */
};

/* What the phrases that stand in the text suggest, or'ed. One pass. */
int phrases_in(const struct phrase *rows, size_t count, const char *text);

#endif
