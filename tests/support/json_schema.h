// SPDX-License-Identifier: MIT
#pragma once

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QJsonValue>
#include <QString>
#include <QStringList>

// Checks JSON against one of the vendors' published descriptions (JSON Schema 2020-12): type, enum,
// properties, required, additionalProperties, items, anyOf, oneOf, allOf, $ref and the bounds. The
// first thing that is wrong is told with its path.
class PublishedSchema final {
  public:
    // `path` below tests/data. `strictOneOf`: exactly one branch must fit, as the standard says;
    // otherwise at least one (the description of requests has branches that overlap).
    explicit PublishedSchema(const QString& path, bool strictOneOf = true)
        : m_strictOneOf(strictOneOf) {
        QFile file(QStringLiteral(GR_TEST_DATA "/") + path);
        if (!file.open(QIODevice::ReadOnly))
            qFatal("missing test data");
        m_defs =
            QJsonDocument::fromJson(file.readAll()).object()[QStringLiteral("$defs")].toObject();
    }

    bool has(const QString& name) const { return m_defs.contains(name); }

    // Empty when `value` is a `name`.
    QString problem(const QString& name, const QJsonValue& value) const {
        return m_defs.contains(name) ? check(m_defs[name].toObject(), value, QStringLiteral("$"))
                                     : QStringLiteral("no definition of ") + name;
    }

  private:
    static QString text(const QJsonValue& value) {
        return QString::fromUtf8(
            QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact).left(120));
    }

    static bool isOf(const QString& type, const QJsonValue& value) {
        if (type == u"integer")
            return value.isDouble() && value.toDouble() == static_cast<double>(value.toInteger());
        if (type == u"number")
            return value.isDouble();
        if (type == u"string")
            return value.isString();
        if (type == u"boolean")
            return value.isBool();
        if (type == u"array")
            return value.isArray();
        return type == u"object" ? value.isObject() : value.isNull();
    }

    QString check(const QJsonObject& schema, const QJsonValue& value, const QString& at) const {
        if (value.isNull() && schema[u"x-nullable"].toBool())
            return {};
        if (schema.contains(u"$ref")) {
            const QString name = schema[u"$ref"].toString().section(u'/', -1);
            const QString found = check(m_defs[name].toObject(), value, at);
            if (!found.isEmpty())
                return found;
        }
        if (schema.contains(u"type") && !isOf(schema[u"type"].toString(), value))
            return at + u" is not " + schema[u"type"].toString() + u": " + text(value);
        if (schema.contains(u"enum") && !schema[u"enum"].toArray().contains(value))
            return at + u" is none of " + text(schema[u"enum"]) + u": " + text(value);
        for (const QString& found :
             {bounds(schema, value, at), members(schema, value, at), branches(schema, value, at)}) {
            if (!found.isEmpty())
                return found;
        }
        return {};
    }

    static QString bounds(const QJsonObject& schema, const QJsonValue& value, const QString& at) {
        const auto outside = [&schema](const QString& least, const QString& most, double size) {
            return (schema.contains(least) && size < schema[least].toDouble()) ||
                   (schema.contains(most) && size > schema[most].toDouble());
        };
        const QString problem = at + u" is out of bounds: " + text(value);
        if (value.isDouble() &&
            outside(QStringLiteral("minimum"), QStringLiteral("maximum"), value.toDouble()))
            return problem;
        if (value.isString() && outside(QStringLiteral("minLength"), QStringLiteral("maxLength"),
                                        static_cast<double>(value.toString().size())))
            return problem;
        if (value.isArray() && outside(QStringLiteral("minItems"), QStringLiteral("maxItems"),
                                       static_cast<double>(value.toArray().size())))
            return problem;
        return {};
    }

    QString members(const QJsonObject& schema, const QJsonValue& value, const QString& at) const {
        if (value.isArray() && schema.contains(u"items")) {
            int index = 0;
            for (const QJsonValue& item : value.toArray()) {
                const QString place = at + u'[' + QString::number(index++) + u']';
                const QString found = check(schema[u"items"].toObject(), item, place);
                if (!found.isEmpty())
                    return found;
            }
        }
        if (!value.isObject())
            return {};
        const QJsonObject object = value.toObject();
        for (const QJsonValue& name : schema[u"required"].toArray()) {
            if (!object.contains(name.toString()))
                return at + u'.' + name.toString() + u" is missing";
        }
        const QJsonObject known = schema[u"properties"].toObject();
        const QJsonValue others = schema[u"additionalProperties"];
        for (auto it = object.begin(); it != object.end(); ++it) {
            const QString place = at + u'.' + it.key();
            if (!known.contains(it.key()) && others.isBool() && !others.toBool())
                return place + u" is unknown";
            const QJsonObject rule =
                known.contains(it.key()) ? known[it.key()].toObject() : others.toObject();
            const QString found = check(rule, it.value(), place);
            if (!found.isEmpty())
                return found;
        }
        return {};
    }

    QString branches(const QJsonObject& schema, const QJsonValue& value, const QString& at) const {
        for (const QJsonValue& branch : schema[u"allOf"].toArray()) {
            const QString found = check(branch.toObject(), value, at);
            if (!found.isEmpty())
                return found;
        }
        for (const QString& word : {QStringLiteral("anyOf"), QStringLiteral("oneOf")}) {
            if (!schema.contains(word))
                continue;
            QStringList problems;
            int fitting = 0;
            for (const QJsonValue& branch : schema[word].toArray()) {
                const QString found = check(branch.toObject(), value, at);
                if (found.isEmpty())
                    ++fitting;
                else
                    problems << found;
            }
            if (fitting == 0)
                return at + u" fits no branch: " + problems.join(u" | ").left(600);
            if (fitting > 1 && word == u"oneOf" && m_strictOneOf)
                return at + u" fits several branches";
        }
        return {};
    }

    QJsonObject m_defs;
    bool m_strictOneOf;
};
