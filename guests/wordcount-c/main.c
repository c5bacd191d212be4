// Counts lines, words and bytes of every file in a folder and writes a report into it: plain C on plain libc, to
// show that code written for POSIX runs. It lists, stats, reads, writes, seeks back, appends, renames and removes.
//
//   wordcount-c [FOLDER]       default: /data
//
// Prints one line a file, a total, and `report FOLDER/report.txt N bytes`. Exits with 1, and says why on standard
// error, as soon as something is refused.
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct count {
  long lines, words, bytes;
};

static void fail(const char *what, const char *path) {
  fprintf(stderr, "wordcount: %s %s: %s\n", what, path, strerror(errno));
  exit(1);
}

static struct count count_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail("cannot open", path);
  struct count count = {0, 0, 0};
  int in_word = 0;
  for (int c = getc(file); c != EOF; c = getc(file)) {
    count.bytes++;
    if (c == '\n') count.lines++;
    if (isspace(c)) {
      in_word = 0;
    } else if (!in_word) {
      in_word = 1;
      count.words++;
    }
  }
  if (ferror(file)) fail("cannot read", path);
  fclose(file);
  return count;
}

static void join(char *out, size_t size, const char *folder, const char *name) {
  if ((size_t)snprintf(out, size, "%s/%s", folder, name) >= size) {
    errno = ENAMETOOLONG;
    fail("cannot use", name);
  }
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

// The names of the regular files, sorted, so that the report does not depend on the order of the folder.
static size_t list(const char *folder, char ***names) {
  DIR *dir = opendir(folder);
  if (dir == NULL) fail("cannot list", folder);
  size_t count = 0;
  *names = NULL;
  for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
    char path[512];
    struct stat info;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (strncmp(entry->d_name, "report.", 7) == 0) continue;
    join(path, sizeof path, folder, entry->d_name);
    if (stat(path, &info) != 0) fail("cannot stat", path);
    if (!S_ISREG(info.st_mode)) continue;
    char **grown = realloc(*names, (count + 1) * sizeof **names);
    char *name = strdup(entry->d_name);
    if (grown == NULL || name == NULL) fail("no memory for", entry->d_name);
    *names = grown;
    (*names)[count++] = name;
  }
  closedir(dir);
  if (count > 1) qsort(*names, count, sizeof **names, by_name);
  return count;
}

// Writes to standard output and into the report.
static void line(FILE *report, const char *format, ...) {
  va_list args, copy;
  va_start(args, format);
  va_copy(copy, args);
  vprintf(format, args);
  vfprintf(report, format, copy);
  va_end(copy);
  va_end(args);
}

int main(int argc, char **argv) {
  const char *folder = argc > 1 ? argv[1] : "/data";
  char draft[512], final[512], path[512];
  join(draft, sizeof draft, folder, "report.tmp");
  join(final, sizeof final, folder, "report.txt");

  char **names;
  size_t files = list(folder, &names);
  struct count total = {0, 0, 0};

  FILE *report = fopen(draft, "w+b");
  if (report == NULL) fail("cannot create", draft);
  fprintf(report, "files: ????\n");
  for (size_t i = 0; i < files; i++) {
    join(path, sizeof path, folder, names[i]);
    struct count one = count_file(path);
    line(report, "%s: %ld lines, %ld words, %ld bytes\n", names[i], one.lines, one.words, one.bytes);
    total.lines += one.lines;
    total.words += one.words;
    total.bytes += one.bytes;
    free(names[i]);
  }
  free(names);
  // The number of files is known only now: go back and fill it in.
  if (fseek(report, strlen("files: "), SEEK_SET) != 0) fail("cannot seek in", draft);
  fprintf(report, "%4zu", files);
  if (fclose(report) != 0) fail("cannot write", draft);

  report = fopen(draft, "ab");
  if (report == NULL) fail("cannot append to", draft);
  line(report, "total: %ld lines, %ld words, %ld bytes\n", total.lines, total.words, total.bytes);
  if (fclose(report) != 0) fail("cannot write", draft);

  if (rename(draft, final) != 0) fail("cannot rename", draft);
  struct stat info;
  if (stat(final, &info) != 0) fail("cannot stat", final);
  if (unlink(draft) == 0 || errno != ENOENT) fail("still there:", draft);
  printf("report %s %lld bytes\n", final, (long long)info.st_size);
  return 0;
}
