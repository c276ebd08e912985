// What has to be gone when this process is, however it ends.

const ends = [];

process.on('exit', () => {
  for (const end of ends.reverse()) end();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

// atEnd calls end when this process ends, the latest first. It must not need to wait for anything.
export function atEnd(end) {
  ends.push(end);
}
