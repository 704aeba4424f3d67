import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A file for GOOGLE_APPLICATION_CREDENTIALS: the clients find it as they find any, and change what it names for a token of the emulator.
 * @param room a directory of the test's own
 */
export async function writeCredentials(room: string, port: number): Promise<string> {
  const [file, subject] = [join(room, "credentials.json"), join(room, "subject")];
  await writeFile(subject, "somebody");
  const credentials = {
    type: "external_account",
    audience: "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/tests/providers/tests",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `http://127.0.0.1:${port}/_token`,
    credential_source: { file: subject },
  };
  await writeFile(file, JSON.stringify(credentials));
  return file;
}
