/** A decoder's program that stands still before it is ready. */
process.kill(process.pid, 'SIGSTOP');
