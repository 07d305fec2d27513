// The one rate card of a vendor who sells by five price schemes: what each scheme meters, in which modes, on which platforms.

export const RATES = {
  modes: { fast: "1", relaxed: "0.5", standard: "1" },
  platforms: { web: "1", ios: "1.3", api: "1" },
  useCases: {
    "image-v6": {
      name: "Image model 6",
      ladder: ["fast", "relaxed"],
      minimum: "2",
      meters: {
        "images-1k": { credits: "4", unit: "image" },
        "images-4k": { credits: "14", unit: "image", tier: { above: "10", credits: "12" } },
      },
      exceptions: [{ mode: "fast", platform: "ios", prices: { "images-4k": "20" } }],
    },
    "video-v1": {
      name: "Video model 1",
      ladder: ["fast", "relaxed"],
      meters: { "seconds-720p": { credits: "8", unit: "second" } },
    },
    premium: {
      name: "Large model requests",
      ladder: ["standard"],
      meters: { requests: { credits: "1", unit: "request" } },
    },
    agent: {
      name: "Agent work",
      ladder: ["standard"],
      meters: { tokens: { credits: "0.5", per: "1000", unit: "token" } },
    },
    actions: {
      name: "Actions",
      ladder: ["standard"],
      meters: {
        lookups: { credits: "0.1", unit: "lookup" },
        messages: { credits: "1", unit: "message" },
        reports: { credits: "5", unit: "report" },
      },
    },
    agents: {
      name: "Agents",
      ladder: ["standard"],
      meters: { runs: { credits: "2.5", unit: "run" } },
    },
    code: {
      name: "Coding assistant",
      ladder: ["standard"],
      meters: { tasks: { credits: "2", unit: "task" } },
    },
    search: {
      name: "Search",
      ladder: ["standard"],
      meters: { searches: { credits: "0.5", unit: "search" } },
    },
    film: {
      name: "Film",
      ladder: ["standard"],
      meters: { seconds: { credits: "8", unit: "second" } },
    },
  },
};
