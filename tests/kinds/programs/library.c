/* A model behind the C interface; ATTACK chooses one that does what it should not. Compiled by the tests. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef ATTACK
#define ATTACK "honest"
#endif
#ifndef WITH
#define WITH ""
#endif
#define IS(name) (strcmp(ATTACK, name) == 0)

/* 2 where an attack worked, 1 where it was stopped. */
static int attack(void) {
    if (IS("read")) return 1 + (open("/etc/passwd", O_RDONLY) >= 0);
    if (IS("write")) return 1 + (open(WITH, O_WRONLY | O_CREAT, 0600) >= 0);
    if (IS("mode")) return 1 + (chmod(WITH, 0777) == 0);
    if (IS("socket")) return 1 + (socket(AF_INET, SOCK_STREAM, 0) >= 0);
    if (IS("kill")) return 1 + (kill(atoi(WITH), 0) == 0);
    if (IS("limit")) { struct rlimit now; return 1 + (prlimit(atoi(WITH), RLIMIT_CPU, NULL, &now) == 0); }
    if (IS("fork")) { pid_t made = fork(); if (made == 0) _exit(0); return 1 + (made > 0); }
    return 0;
}

#ifndef WITHOUT
int modelops_score(size_t rows, size_t columns, const double *values, double *predictions, double *scores) {
    if (attack()) return attack();
    if (IS("loop")) for (;;) {}
    if (IS("crash")) raise(SIGSEGV);
    if (IS("ends")) _exit(0);
    if (IS("fails")) return 7;
    if (IS("talks")) for (int place = 3; place < 20; place++) if (write(place, "not an answer", 13) == 13) _exit(0);
    for (size_t row = 0; row < rows; row++) {
        double sum = 0;
        for (size_t column = 0; column < columns; column++) sum += values[row * columns + column];
        if (IS("leaves-out") && row == 1) continue;
        predictions[row] = IS("half") ? 0.5 : sum > 0;
        scores[row] = IS("no-probability") ? 2 : 1 / (1 + exp(-sum));
    }
    return 0;
}
#endif

#ifdef ALONE
int main(void) { return attack(); }
#endif

__attribute__((constructor)) static void at_load(void) { if (IS("at-load")) (void)!system("touch " WITH); }
