import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used, as Linux tells it; other systems have no /proc. */
export interface ProcessUse {
  /** Of all its threads, in user space and in the kernel. */
  cpuMs(): number;
  /** The same by the scheduler's clock, to the nanosecond, of the threads that are there now. */
  threadCpuMs(): number;
  residentBytes(): number;
}

export function watchProcess(pid: number): ProcessUse {
  return {
    cpuMs: () => parseCpuMs(readFileSync(`/proc/${pid}/stat`, 'utf8')),
    threadCpuMs: () => readThreadCpuMs(pid),
    residentBytes: () => parseResidentBytes(readFileSync(`/proc/${pid}/status`, 'utf8')),
  };
}

/** The first field of proc(5)'s schedstat: nanoseconds on a processor. */
function readThreadCpuMs(pid: number): number {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).reduce((sum, thread) => {
    try {
      const text = readFileSync(`${folder}/${thread}/schedstat`, 'utf8');
      return sum + Number(text.split(' ')[0]) / 1e6;
    } catch {
      // It ended between the listing and the look.
      return sum;
    }
  }, 0);
}

/** USER_HZ: the kernel's promise to user space on every architecture that Node runs on. */
const TICK_MS = 10;

/** Fields 14 and 15 of proc(5)'s stat; the command in field 2 may hold spaces and brackets. */
export function parseCpuMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

export function parseResidentBytes(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}

/** workerd processes that this process has started; undefined where there is no /proc. */
export function listWorkerds(): ReadonlySet<number> | undefined {
  if (process.platform !== 'linux') return undefined;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Set(pids.filter(isOurWorkerd).map(Number));
}

function isOurWorkerd(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    return stat.includes('(workerd)') && Number(parent) === process.pid;
  } catch {
    // It ended between the listing and the look.
    return false;
  }
}
