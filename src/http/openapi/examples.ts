/** Answers of a real Worker: POST /v1/classify?top_k=2 of models/samples/coffee.png. */
export const CLASSIFIED = {
  model: 'resnet50_keras_in1k',
  model_digest: 'b7761cd2cc799333a2a3c5a74b141b6ae8aca7bf204e84ae7418d015bd697b80',
  image: {
    sha256: 'cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7',
    width: 600,
    height: 400,
    format: 'png',
  },
  predictions: [
    {
      label: 'espresso',
      class_id: 967,
      wnid: 'n07920052',
      score: 0.9955229163169861,
    },
    {
      label: 'cup',
      class_id: 968,
      wnid: 'n07930864',
      score: 0.0021114035043865442,
    },
  ],
  pred_class: 'espresso',
  pred_label: 967,
  pred_score: 0.9955229163169861,
  run: {
    engine: 'simd',
    place: 'edge',
    because: 'no_origin',
    cache: 'miss',
    cost: {
      cpu_ms: 102.5,
      usd_per_million: 2.35,
    },
  },
};

export const KEPT = {
  model: 'resnet50_keras_in1k',
  model_digest: 'b7761cd2cc799333a2a3c5a74b141b6ae8aca7bf204e84ae7418d015bd697b80',
  image: {
    sha256: 'cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7',
    width: 600,
    height: 400,
    format: 'png',
  },
  predictions: [
    {
      label: 'espresso',
      class_id: 967,
      wnid: 'n07920052',
      score: 0.9955229163169861,
    },
  ],
  pred_class: 'espresso',
  pred_label: 967,
  pred_score: 0.9955229163169861,
};

export const PROBLEM = {
  saw: 'PDF',
  type: '/problems/unsupported_format',
  title: 'This image format is not supported',
  status: 415,
  code: 'unsupported_format',
  request_id: '3b9639b0-891f-49af-a3df-273038410dae',
};

export const ACCEPTED = {
  job: 'job_01a20dc8f7510537bd9e21b74271e248',
  url: '/v1/jobs/job_01a20dc8f7510537bd9e21b74271e248',
  status: 'queued',
};

export const JOB = {
  id: 'job_01a20dc8f7510537bd9e21b74271e248',
  source: 'cms',
  message_id: 'msg_2Lh9',
  state: 'done',
  created: '2026-11-24T13:40:04.049Z',
  finished: '2026-11-24T13:40:05.117Z',
  tries: 1,
  duplicates: 0,
  other_bodies: 0,
  metadata: {},
  images: [
    {
      position: 0,
      reference: 'https://images.example.com/coffee.png',
      sha256: 'cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7',
      status: 'classified',
      answer: KEPT,
    },
  ],
  callbacks: [
    {
      id: 'msg_01a20dc8f7510537bd9e21b74271e248_0_02354952',
      position: 0,
      state: 'delivered',
      attempts: [
        {
          attempt: 1,
          at: '2026-11-24T13:40:06.119Z',
          outcome: 'delivered',
          status: 200,
          ms: 8,
        },
      ],
    },
  ],
};

export const JOBS = {
  jobs: [
    {
      id: 'job_01a20dc8f7510537bd9e21b74271e248',
      source: 'cms',
      message_id: 'msg_2Lh9',
      state: 'done',
      created: '2026-11-24T13:40:04.049Z',
      finished: '2026-11-24T13:40:05.117Z',
      tries: 1,
      duplicates: 0,
      other_bodies: 0,
      metadata: {},
    },
  ],
};

export const EVENT = {
  type: 'image.classified',
  timestamp: '2026-11-24T13:40:05.105Z',
  data: {
    job: 'job_01a20dc8f7510537bd9e21b74271e248',
    source: 'cms',
    message_id: 'msg_2Lh9',
    metadata: {},
    image: {
      position: 0,
      reference: 'https://images.example.com/coffee.png',
      sha256: 'cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7',
    },
    answer: KEPT,
  },
};

export const INFERRED = {
  model_name: 'resnet50_keras_in1k',
  model_version: '1',
  parameters: {
    engine: 'simd',
  },
  outputs: [
    {
      name: 'logits',
      datatype: 'BYTES',
      shape: [1, 3],
      data: [
        '19.050729751586914:967:espresso',
        '12.894814491271973:968:cup',
        '11.744257926940918:925:consomme',
      ],
    },
  ],
};

/** A request in JSON: the data are the base64 of a picture. */
export const INFERENCE = {
  inputs: [{ name: 'image', datatype: 'BYTES', shape: [1, 1], data: ['/9j/4AAQ'] }],
  outputs: [{ name: 'logits', parameters: { classification: 3 } }],
};
