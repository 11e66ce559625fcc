import * as z from 'zod';

/** What wrangler writes for machines after `deploy` and `versions upload`, as far as it is used. */
const deploySchema = z.object({
  type: z.literal('deploy'),
  version_id: z.string().nullable(),
  targets: z.array(z.string()).default([]),
});
const uploadSchema = z.object({ type: z.literal('version-upload'), version_id: z.string() });
const sizeSchema = z.object({
  bundle_size: z.object({ raw_bytes: z.number(), gzip_bytes: z.number() }),
});
const deploymentSchema = z.object({
  versions: z.array(z.object({ version_id: z.string(), percentage: z.number() })),
});

/** Of a deployment: its version, and what leads to it. */
export interface Deployed {
  readonly versionId: string | undefined;
  readonly targets: readonly string[];
}

export function readDeployed(output: readonly unknown[]): Deployed {
  for (const line of output) {
    const { success, data } = deploySchema.safeParse(line);
    if (success) return { versionId: data.version_id ?? undefined, targets: data.targets };
  }
  return { versionId: undefined, targets: [] };
}

export function readUploaded(output: readonly unknown[]): string | undefined {
  for (const line of output) {
    const { success, data } = uploadSchema.safeParse(line);
    if (success) return data.version_id;
  }
  return undefined;
}

export interface BundleSize {
  readonly rawBytes: number;
  readonly gzipBytes: number;
}

export function readSize(output: readonly unknown[]): BundleSize | undefined {
  for (const line of output) {
    const { success, data } = sizeSchema.safeParse(line);
    if (!success) continue;
    return { rawBytes: data.bundle_size.raw_bytes, gzipBytes: data.bundle_size.gzip_bytes };
  }
  return undefined;
}

/** The version that most requests reach, out of `wrangler deployments status --json`. */
export function readServing(stdout: string): string | undefined {
  try {
    const { versions } = deploymentSchema.parse(JSON.parse(stdout));
    return versions.toSorted((a, b) => b.percentage - a.percentage)[0]?.version_id;
  } catch {
    return undefined;
  }
}

/** Where callers find it: the domain that was asked for, one of the file, or workers.dev. */
export function findUrl(
  targets: readonly string[],
  domain: string | undefined,
  hosts: readonly string[],
): string | undefined {
  const host = domain ?? hosts[0];
  if (host !== undefined) return `https://${host}`;
  return targets.find((target) => /^https:\/\/[a-z0-9.-]+\.workers\.dev$/.test(target));
}
