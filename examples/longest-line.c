// Prints the longest line of each file that is named. Plain C on plain libc; wrun is not mentioned.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    FILE *file = fopen(argv[i], "r");
    if (file == NULL) {
      printf("%s: %s\n", argv[i], strerror(errno));
      continue;
    }
    char line[4096], longest[4096] = "\n";
    while (fgets(line, sizeof line, file) != NULL)
      if (strlen(line) > strlen(longest)) strcpy(longest, line);
    printf("%s: %s", argv[i], longest);
    fclose(file);
  }
  return 0;
}
