/** The largest resident set of this process so far. Node gives KiB. */
export function peakMemory(): { readonly peak_memory_bytes: number } {
  return { peak_memory_bytes: process.resourceUsage().maxRSS * 1024 };
}
