import { describe, expect, it } from 'vitest';
import { parseCpuMs, parseResidentBytes, watchProcess } from './process.ts';

describe("a process's use, as Linux tells it", () => {
  it('adds user and kernel time, whatever the command is called', () => {
    const stat = '2068 (a ) b (c) S 2001 2000 30743 0 -1 4194304 93144 0 29 0 335 75 0 0 20 0 3';
    expect(parseCpuMs(stat)).toBe(4100);
  });

  it('reads resident memory in bytes', () => {
    expect(parseResidentBytes('Name:\tx\nVmRSS:\t   1024 kB\nThreads:\t1\n')).toBe(1_048_576);
  });

  it.skipIf(process.platform !== 'linux')('rises while a process works', () => {
    const use = watchProcess(process.pid);
    const before = use.cpuMs();
    const precise = use.threadCpuMs();
    const until = performance.now() + 60;
    while (performance.now() < until) Math.sqrt(until);
    expect(use.cpuMs()).toBeGreaterThan(before);
    expect(use.threadCpuMs()).toBeGreaterThan(precise);
    expect(use.residentBytes()).toBeGreaterThan(1e6);
  });
});
