/* Runs a fuzz target over its kept inputs without clang, so that every build of `make test` does: fuzz_NAME reads tests/fuzz/corpus/NAME. One TAP
 * line a target. Each input lies in a block of exactly its size for the address sanitizer. Its name goes to stderr before it is run: the last one
 * there is the one that crashed. An empty corpus fails. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "fuzz_"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay(const char *path) {
    FILE *file = fopen(path, "rb");
    long size = -1;
    if (file && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size < 0) {
        perror(path);
        if (file)
            fclose(file);
        return false;
    }
    rewind(file);
    uint8_t *data = malloc((size_t)size + !size);
    bool whole = data && fread(data, 1, (size_t)size, file) == (size_t)size;
    fclose(file);
    fprintf(stderr, "%s\n", path);
    if (whole)
        LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    return whole;
}

int main(int argc, char **argv) {
    char folder[256], path[1024];
    const char *slash = strrchr(argv[0], '/'), *program = slash ? slash + 1 : argv[0];
    const char *name = strncmp(program, PREFIX, strlen(PREFIX)) == 0 ? program + strlen(PREFIX) : program;
    unsigned replayed = 0, failed = 0;
    snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", name);
    DIR *corpus = opendir(argc > 1 ? argv[1] : folder);
    for (struct dirent *entry; corpus && (entry = readdir(corpus)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argc > 1 ? argv[1] : folder, entry->d_name);
        failed += !replay(path);
        replayed++;
    }
    if (corpus)
        closedir(corpus);
    bool good = replayed > 0 && failed == 0;
    printf("1..1\n%sok 1 - replay %s: %u kept inputs\n", good ? "" : "not ", name, replayed);
    return good ? 0 : 1;
}
