// SPDX-License-Identifier: MIT
#include "payment/terms.h"

#include "json/scan.h"
#include "payment/envelope.h"
#include "payment/object_reader.h"

namespace gr::payment {
namespace {

constexpr std::size_t kMostName = 128;
constexpr std::size_t kMostUrl = 2048;
constexpr std::size_t kMostSentence = 512;
constexpr std::size_t kMostRead = 8192;  // of a text before it is cut
constexpr std::size_t kMostEntry = 4096;
constexpr std::size_t kMostOldEntry = 16'384;  // which holds an outputSchema, and is not sent back
constexpr std::size_t kMostExtensions = 16;    // that are sent back, besides those we know
constexpr std::string_view kPaymentId = "payment-identifier";

// What to say of a word of the seller.
std::string quoted(std::string_view text) {
    return "\"" + plainText(text, 48) + "\"";
}

// Whether the reading of one entry goes on; else `reason` says why not.
class EntryReader final {
  public:
    EntryReader(const json::Object& entry, int version, const NetworkList& networks)
        : m_reader(entry, {}), m_version(version), m_networks(networks) {}

    // Nothing: problem() says why.
    std::optional<Offer> run() {
        Offer offer;
        if (!readScheme(offer) || !readNetwork(offer))
            return std::nullopt;
        offer.amount = m_reader.amount(m_version == 1 ? "maxAmountRequired" : "amount");
        offer.asset = m_reader.address("asset");
        offer.payTo = m_reader.address("payTo");
        offer.payToText = m_reader.text("payTo", kMostName);
        offer.maxTimeoutSeconds = m_reader.count("maxTimeoutSeconds");
        const std::string_view extra = m_reader.optionalObject("extra");
        if (!m_reader.ok())
            return refuse("cannot be read: " + m_reader.problem());
        if (const auto object = json::objectIn(extra); object && !readExtra(*object, offer))
            return std::nullopt;
        if (offer.scheme == Scheme::Upto &&
            (offer.method != TransferMethod::Permit2 || !offer.facilitator))
            return refuse("is of the scheme upto without Permit2 or without a facilitator");
        return offer;
    }

    const std::string& problem() const { return m_problem; }

  private:
    std::nullopt_t refuse(std::string why) {
        m_problem = std::move(why);
        return std::nullopt;
    }
    bool refused(std::string why) {
        m_problem = std::move(why);
        return false;
    }

    bool readScheme(Offer& offer) {
        const std::string scheme = m_reader.text("scheme", kMostName);
        if (!m_reader.ok())
            return refused("cannot be read: " + m_reader.problem());
        if (scheme == "upto" && m_version == 2)
            offer.scheme = Scheme::Upto;
        else if (scheme != "exact")
            return refused("is of the scheme " + quoted(scheme) +
                           ", which this program does not know");
        return true;
    }

    bool readNetwork(Offer& offer) {
        offer.network = m_reader.text("network", kMostName);
        if (!m_reader.ok())
            return refused("cannot be read: " + m_reader.problem());
        if (m_version == 2) {
            offer.chain = chainOf(offer.network).value_or(0);
        } else if (const Network* const network = m_networks.findV1(offer.network)) {
            offer.chain = network->id;
        }
        if (offer.chain == 0)
            return refused("is for the network " + quoted(offer.network) +
                           ", which this program does not pay on");
        return true;
    }

    bool readExtra(const json::Object& extra, Offer& offer) {
        ObjectReader reader(extra, "extra");
        const std::string name = reader.optionalText("name", kMostName);
        const std::string version = reader.optionalText("version", kMostName);
        if (reader.has("name") || reader.has("version"))
            offer.domain = TokenDomain{name, version};
        const std::string flow = reader.optionalText("paymentFlow", kMostName);
        const std::string method = reader.optionalText("assetTransferMethod", kMostName);
        offer.facilitator = reader.optionalAddress("facilitatorAddress");
        if (!reader.ok())
            return refused("cannot be read: " + reader.problem());
        if (flow == "upfront")
            offer.flow = PaymentFlow::Upfront;
        else if (!flow.empty() && flow != "authorization")
            return refused("wants the payment flow " + quoted(flow) +
                           ", which this program does not know");
        if (method == "permit2")
            offer.method = TransferMethod::Permit2;
        else if (!method.empty() && method != "eip3009")
            return refused("wants the transfer method " + quoted(method) +
                           ", which this program does not know");
        return true;
    }

    ObjectReader m_reader;
    int m_version;
    const NetworkList& m_networks;
    std::string m_problem;
};

void readOffer(std::string_view json, std::size_t index, const NetworkList& networks,
               Terms& terms) {
    if (index >= kMostOffers) {
        if (index == kMostOffers)
            terms.skipped.push_back({index, "and those behind it are more than " +
                                                std::to_string(kMostOffers) + " entries"});
        return;
    }
    const auto entry = json::objectIn(json);
    const std::size_t most = terms.version == 1 ? kMostOldEntry : kMostEntry;
    if (!entry || json.size() > most) {
        terms.skipped.push_back({index, entry ? "is too long" : "is not an object"});
        return;
    }
    EntryReader reader(*entry, terms.version, networks);
    if (auto offer = reader.run()) {
        offer->index = index;
        offer->json = json;
        terms.offers.push_back(std::move(*offer));
    } else {
        terms.skipped.push_back({index, reader.problem()});
    }
}

TermsReading broken(std::string problem) {
    return {TermsReading::Kind::Broken,
            "The provider's payment terms cannot be used: " + problem + ". Nothing was paid.",
            {}};
}

// Members that are there for people: those of a wrong type are as good as absent.
std::string wordsAt(const json::Object& object, std::string_view name, std::size_t most) {
    ObjectReader reader(object, {});
    return plainText(reader.optionalText(name, kMostRead), most);
}

// `extensions.payment-identifier` is { info: { required: bool }, … }.
void readPaymentId(std::string_view json, Terms& terms) {
    const auto extension = json::objectIn(json);
    if (!extension)
        return;
    terms.wantsPaymentId = true;
    const json::Member* const info = extension->find("info");
    const auto object = info == nullptr ? std::nullopt : json::objectIn(extension->raw(*info));
    const json::Member* const required = object ? object->find("required") : nullptr;
    terms.needsPaymentId = required != nullptr && required->type == json::Type::True;
}

void readExtensions(std::string_view json, Terms& terms) {
    const auto extensions = json::objectIn(json);
    if (!extensions)
        return;
    // However many there are, the one that a seller may insist on is not overlooked.
    for (const json::Member& member : extensions->members) {
        const bool known = member.key == kPaymentId;
        if (known || terms.extensions.size() < kMostExtensions)
            terms.extensions.push_back(
                {std::string(member.key), std::string(extensions->raw(member))});
        if (known)
            readPaymentId(extensions->raw(member), terms);
    }
}

void readResource(const json::Object& root, Terms& terms) {
    const json::Member* const member = root.find("resource");
    const auto resource = member == nullptr ? std::nullopt : json::objectIn(root.raw(*member));
    if (!resource)
        return;
    terms.resourceJson = root.raw(*member);
    terms.resource = wordsAt(*resource, "url", kMostUrl);
    terms.description = wordsAt(*resource, "description", kMostSentence);
    terms.serviceName = wordsAt(*resource, "serviceName", kMostName);
}

// Version 1 says these in each entry: those of the first count.
void readFirstEntry(std::string_view entry, Terms& terms) {
    const auto object = json::objectIn(entry);
    if (!object)
        return;
    terms.resource = wordsAt(*object, "resource", kMostUrl);
    terms.description = wordsAt(*object, "description", kMostSentence);
}

TermsReading termsOf(const json::Object& root, int version, const NetworkList& networks) {
    ObjectReader reader(root, {});
    const std::uint64_t written = reader.count("x402Version");
    const std::string_view accepts = reader.array("accepts");
    const std::string_view extensions = version == 2 ? reader.optionalObject("extensions") : "";
    if (!reader.ok())
        return broken(reader.problem());
    if (written != static_cast<std::uint64_t>(version))
        return broken("they are of version " + std::to_string(written) + " in the place of " +
                      std::to_string(version));
    TermsReading reading{TermsReading::Kind::Terms, {}, {}};
    Terms& terms = reading.terms;
    terms.version = version;
    terms.error = wordsAt(root, "error", kMostSentence);
    const auto entries = json::elementsIn(accepts);
    for (std::size_t i = 0; i < entries.size(); ++i)
        readOffer(entries[i], i, networks, terms);
    if (version == 2) {
        readResource(root, terms);
        readExtensions(extensions, terms);
    } else if (!entries.empty()) {
        readFirstEntry(entries.front(), terms);
    }
    return reading;
}

TermsReading readHeader(std::string_view value, const NetworkList& networks) {
    const auto json = decodeEnvelope(value);
    if (!json)
        return broken("the header PAYMENT-REQUIRED is too long or no base64");
    const auto root = json::scanObject(*json);
    if (!root)
        return broken("the header PAYMENT-REQUIRED holds no sound JSON object");
    return termsOf(*root, 2, networks);
}

TermsReading readBody(std::string_view body, const NetworkList& networks) {
    if (body.size() > kMostTermsBody)
        return {};
    const auto root = json::scanObject(body);
    if (!root) {
        // A body that says one thing twice is not an error to pass on as if it were any other.
        if (root.error().code == ErrorCode::DuplicateKey && body.find("x402Version") != body.npos)
            return broken("a member stands twice in them");
        return {};
    }
    if (root->find("x402Version") == nullptr || root->find("accepts") == nullptr)
        return {};
    return termsOf(*root, 1, networks);
}

}  // namespace

std::string_view nameOf(Scheme scheme) {
    return scheme == Scheme::Exact ? "exact" : "upto";
}

TermsReading readTerms(int status, const http::Fields& fields, std::string_view body,
                       const NetworkList& networks) {
    constexpr int kPaymentRequired = 402;
    constexpr int kPreconditionFailed = 412;  // version 2: Permit2 is not approved yet
    if (status != kPaymentRequired && status != kPreconditionFailed)
        return {};
    const auto value = fields.find(field::kRequired);
    if (fields.count(field::kRequired) > 1)
        return broken("the header PAYMENT-REQUIRED stands twice");
    if (value) {
        TermsReading header = readHeader(*value, networks);
        if (header.kind == TermsReading::Kind::Terms || status != kPaymentRequired)
            return header;
        // As the official clients: the body counts where the header cannot be read.
        TermsReading inBody = readBody(body, networks);
        return inBody.kind == TermsReading::Kind::Terms ? inBody : header;
    }
    return status == kPaymentRequired ? readBody(body, networks) : TermsReading();
}

}  // namespace gr::payment
