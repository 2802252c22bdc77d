/** A decoder's program that dies of a crash before it is ready. */
process.kill(process.pid, 'SIGSEGV');
