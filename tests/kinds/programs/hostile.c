/* A model that does what it should not: hostile ATTACK [ARGUMENT]. Compiled by the tests.
 *
 * An attack on the host ends with exit code 9 where it worked and 3 where it was stopped. `honest` answers 1 a row.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void end(int worked) { fprintf(stderr, "%s", worked ? "it worked" : strerror(errno)); _exit(worked ? 9 : 3); }

/* Answers for the rows read, and so many more. */
static void answer(const char *head, const char *line, int more) {
    char text[65536];
    long rows = -1 + more;
    while (fgets(text, sizeof text, stdin)) rows++;
    puts(head);
    for (long row = 0; row < rows; row++) puts(line);
    exit(fflush(stdout) ? 4 : 0);
}

static int dial(int family, int kind, const void *address, unsigned size) {
    int place = socket(family, kind, 0);
    return place >= 0 && connect(place, address, size) == 0;
}

static int dial_file(const char *name, int hidden) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path + hidden, name);
    return dial(AF_UNIX, SOCK_STREAM, &address, (unsigned)(offsetof(struct sockaddr_un, sun_path) + (size_t)hidden + strlen(name)));
}

static void hog(void) {
    for (;;) {
        char *some = malloc(64 << 20);
        if (!some) end(0);
        memset(some, 1, 64 << 20);
    }
}

int main(int count, char **words) {
    const char *what = count > 1 ? words[1] : "honest", *with = count > 2 ? words[2] : "";
#define IS(name) (strcmp(what, name) == 0)
    if (IS("honest")) answer("prediction", "1", 0);
    /* lies */
    if (IS("one-less")) answer("prediction", "1", -1);
    if (IS("one-more")) answer("prediction", "1", 1);
    if (IS("nan")) answer("prediction,score", "1,nan", 0);
    if (IS("infinite")) answer("prediction", "inf", 0);
    if (IS("gap")) answer("prediction,score", "1,", 0);
    if (IS("no-probability")) answer("prediction,score", "1,1.5", 0);
    if (IS("words-for-score")) answer("prediction,score", "1,high", 0);
    if (IS("a-date")) answer("prediction", "2026-01-01 10:00:00", 0);
    if (IS("other-columns")) answer("answer", "1", 0);
    if (IS("no-table")) answer("prediction", "1,2", 0);
    /* runs away */
    if (IS("loop")) for (;;) {}
    if (IS("flood")) for (;;) { static char much[1 << 20]; if (write(1, much, sizeof much) < 0) end(0); }
    if (IS("loud")) for (;;) { static char much[1 << 20]; if (write(2, much, sizeof much) < 0) end(0); }
    if (IS("deaf")) { for (int one = 1; one < 32; one++) signal(one, SIG_IGN); for (;;) pause(); }
    if (IS("lingers")) { close(1); for (;;) pause(); }
    if (IS("hog")) hog();
    if (IS("bomb")) { int made = 0; for (int one = 0; one < 1000; one++) if (fork() >= 0) made = 1; end(made); }
    if (IS("clone")) end(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0);
    /* gives up */
    if (IS("early")) return 0;
    if (IS("fails")) { fprintf(stderr, "\033[2J\033]0;owned\007no\n\tpoints\xff"); return 7; }
    if (IS("crash")) { raise(SIGSEGV); return 0; }
    if (IS("closes")) { close(0); puts("prediction"); for (long row = atol(with); row; row--) puts("1"); return fflush(stdout); }
    /* attacks the host */
    if (IS("network")) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(with)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
        end(dial(AF_INET, SOCK_STREAM, &address, sizeof address));
    }
    if (IS("socket-file")) end(dial_file(with, 0));
    if (IS("abstract-socket")) end(dial_file(with, 1));
    if (IS("read")) end(open(with, O_RDONLY) >= 0);
    if (IS("write")) end(open(with, O_WRONLY | O_CREAT, 0600) >= 0);
    if (IS("make-folder")) end(mkdir(with, 0700) == 0);
    if (IS("link")) end(symlink("/etc/passwd", with) == 0);
    if (IS("remove")) end(unlink(with) == 0);
    if (IS("truncate")) end(truncate(with, 0) == 0);
    if (IS("mode")) end(chmod(with, 0777) == 0);
    if (IS("time")) end(utimensat(AT_FDCWD, with, NULL, 0) == 0);
    if (IS("kill")) end(kill(atoi(with), SIGKILL) == 0);
    if (IS("trace")) end(ptrace(PTRACE_SEIZE, atoi(with), 0, 0) == 0);
    if (IS("shared-memory")) end(shmget(atoi(with), 0, 0) >= 0);
    if (IS("name-space")) end(unshare(CLONE_NEWUSER) == 0);
    if (IS("hidden-file")) end(memfd_create("x", 0) >= 0);
    if (IS("another")) { execl(with, with, (char *)0); end(0); }
    if (IS("root")) end(setuid(0) == 0);
    if (IS("pipes")) { for (int one = 3; one < 1024; one++) if (fcntl(one, F_GETFD) >= 0) end(1); errno = EBADF; end(0); }
    if (IS("environment")) { extern char **environ; for (char **one = environ; *one; one++) fprintf(stderr, "%s|", *one); return 3; }
#ifdef __x86_64__
    if (IS("old-calls")) { long got; __asm__ volatile("int $0x80" : "=a"(got) : "a"(20L) : "memory"); end(got > 0); }
    if (IS("x32-calls")) end(syscall(0x40000000L | 41, AF_INET, SOCK_STREAM, 0) >= 0);
#endif
    if (IS("ring")) { static char parameters[256]; end(syscall(425, 4, parameters) >= 0); }
    fprintf(stderr, "no attack %s", what);
    return 5;
}
