import { createSelfSignedCertificate } from 'werift';

/** A new certificate and its key, as PEM: SHA-256 with ECDSA, P-256 (RFC 5246 section 7.4.1.4.1, RFC 8422 section 5.1.1). */
export async function selfSigned(): Promise<{ readonly cert: string; readonly key: string }> {
  const { certPem, keyPem } = await createSelfSignedCertificate({ hash: 4, signature: 3 }, 23);
  return { cert: certPem, key: keyPem };
}
