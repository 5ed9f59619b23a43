/** A server of the Open Inference Protocol (KServe v2) that computes MEFlowNet. */
export interface FlowServerOptions {
  /** Its address; `/v2` is added. */
  readonly url: string;
  /** The model's name there. Default `meflownet`. */
  readonly model?: string;
  /** The model's version there. Default: the server's choice. */
  readonly version?: string | undefined;
  /** File that holds the key; else the environment variable MELLM_FLOW_SERVER_KEY; without either none is sent. */
  readonly keyFile?: string | undefined;
  /** Milliseconds until an answer is whole. Default 3000. */
  readonly timeout?: number;
  /** False: no local model is loaded to stand in for the server. Default true. */
  readonly fallback?: boolean;
}
