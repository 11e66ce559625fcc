/** 48 bits of milliseconds, then 80 random ones: in the order of time, and not to be guessed. */
export function newJobId(nowMs: number, random: (bytes: Uint8Array) => void): string {
  const bytes = new Uint8Array(10);
  random(bytes);
  const tail = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `job_${nowMs.toString(16).padStart(12, '0')}${tail}`;
}

export function isJobId(text: string): boolean {
  return /^job_[0-9a-f]{32}$/.test(text);
}

/** A picture that is classified anew has a message of its own: the holder tells them apart. */
export function deliveryId(job: string, position: number, holder: string): string {
  return `msg_${job.slice('job_'.length)}_${position}_${holder.slice(0, 8)}`;
}
